/**
 * Runs Fetch-style handlers on Node's `http` and `http2`, for
 * `mjpeg_server.ts`, `range_server.ts` and `upload/serve_node.ts`.
 *
 * @module
 */
import type {
  IncomingMessage,
  RequestListener,
  ServerResponse,
} from "node:http";
import { pipeline } from "node:stream/promises";

type Handler = (request: Request) => Promise<Response>;

// The default of nginx's lingering_time.
const LINGER_MS = 30_000;

/**
 * Runs a Fetch-style handler on Node's `http`. The URL of a request has the
 * host `localhost`, since the client chooses the Host header. The header itself
 * is in the request's headers.
 *
 * @param handler A handler as for Deno.serve, Bun.serve and Workers.
 * @returns A listener for `createServer` and for the `request` event of
 *   `http2`.
 */
export function fetchListener(handler: Handler): RequestListener {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    let request: Request;
    try {
      request = toRequest(incoming, gone.signal);
    } catch {
      // Fetch cannot represent its host, path or method.
      outgoing.writeHead(400).end();
      return;
    }
    try {
      const response = await handler(request);
      if (request.method === "HEAD") await respondBare(response, outgoing);
      else await respond(response, outgoing, gone.signal);
      if (!incoming.complete) linger(incoming);
    } catch (error) {
      // A client that hangs up is not an error.
      if (!gone.signal.aborted) {
        console.error("Cannot answer a request:", error);
      }
      outgoing.destroy();
    }
  };
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = "GET", url: target = "/", rawHeaders } = incoming;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    // HTTP/2 has the method and path among the fields, as `:method` and
    // `:path`.
    if (!name.startsWith(":")) headers.append(name, value);
  }
  // Uses only the path, on a fixed base: the client chooses the Host header.
  const path = target.startsWith("/") ? target : pathOf(new URL(target));
  const url = new URL(`http://localhost${path}`);
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? toBody(incoming) : null;
  // Node requires `duplex` for a streaming body, but some types lack it.
  const init = { method, headers, body, duplex: "half", signal };
  return new Request(url, init);
}

/** Clients of proxies send a whole URL (RFC 9112, section 3.2.2). */
function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

/** The request's bytes, read from the socket on demand. */
function toBody(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  // Destroying it would close the connection before the response is sent.
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      // Not awaited: it would wait for the pending read, and a client may stall
      // forever. A failing read has already reported its error.
      chunks.return?.().catch(() => {});
    },
  }, { highWaterMark: 0 });
}

async function respond(
  response: Response,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  writeHead(response, outgoing);
  if (response.body === null) outgoing.end();
  else {
    // The signal ends a body that waits. A pipeline alone checks only at each
    // chunk.
    await pipeline(response.body, outgoing, { signal });
  }
}

/**
 * HEAD has no body. A body that never ends, such as a live picture, must not be
 * piped.
 */
async function respondBare(
  response: Response,
  outgoing: ServerResponse,
): Promise<void> {
  writeHead(response, outgoing);
  outgoing.end();
  await response.body?.cancel();
}

function writeHead(response: Response, outgoing: ServerResponse): void {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) {
    // Each cookie is a field of its own. `setHeader()` would keep only the
    // last.
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
}

/**
 * Browsers read a response only after they have sent the request. Closing a
 * connection on which the client still sends destroys the response. So Node
 * reads and discards the rest for a while.
 */
function linger(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.destroy(), LINGER_MS);
  incoming.once("close", () => clearTimeout(timer)).resume();
}
