/** Node servers that tests start themselves. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { connect } from "node:net";

/**
 * Makes a server listen on loopback. Returns its URL, which ends in a slash.
 */
export async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return urlOf(server);
}

/** The URL of a listening server. */
export function urlOf(server: Pick<Server, "address">): string {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("Cannot tell the URL: the server has no port");
  }
  return `http://127.0.0.1:${address.port}/`;
}

/** Closes a server, and the connections that clients keep open. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Runs a server while `use` uses it. */
export async function withServer<T>(
  answer: RequestListener,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer(answer);
  const url = await listen(server);
  try {
    return await use(url);
  } finally {
    await closeServer(server);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return await withServer(
    () => {},
    (url) => Promise.resolve(Number(new URL(url).port)),
  );
}

/** Whether a server listens on the port. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return await new Promise<boolean>((resolve) => {
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
  }).finally(() => socket.destroy());
}
