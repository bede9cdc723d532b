/** A camera for the tests: a server whose response the test writes. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";

export interface Camera {
  url: string;
  /** Settles when `film` has settled for the first client. */
  filmed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a camera.
 *
 * @param contentType The response's Content-Type.
 * @param film Writes the response's body.
 * @param status The response's status.
 */
export async function startCamera(
  contentType: string,
  film: (response: ServerResponse) => Promise<void>,
  status = 200,
): Promise<Camera> {
  const { promise: filmed, resolve, reject } = Promise.withResolvers<void>();
  // The test looks at it only after the client has ended. It may reject before
  // that.
  filmed.catch(() => {});
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": contentType });
    film(response).then(() => response.end()).then(() => resolve(), reject);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/`,
    filmed,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Writes as fast as the client reads. Returns false if the client has gone. */
export async function send(
  response: ServerResponse,
  bytes: Uint8Array | string,
): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(bytes)) return true;
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("drain", resolve).once("close", resolve);
  await promise;
  response.off("drain", resolve).off("close", resolve);
  return !response.destroyed;
}
