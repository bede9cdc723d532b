/**
 * Lets Fetch-style handlers serve Node's `http` and `http2`, for `mjpeg_server.ts`,
 * `range_server.ts` and `upload/serve_node.ts`.
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

// As long as nginx's lingering_time.
const LINGER_MS = 30_000;

/**
 * Lets a Fetch-style handler serve Node's `http`. The URL of a request has the
 * host `localhost`, since Host is whatever the client says; the field is among the
 * headers.
 *
 * @param handler What Deno.serve, Bun.serve and Workers take too.
 * @returns What `createServer` takes, and the `request` event of `http2`.
 */
export function fetchListener(handler: Handler): RequestListener {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    let request: Request;
    try {
      request = toRequest(incoming, gone.signal);
    } catch {
      // Its host, path or method is nothing that Fetch can express.
      outgoing.writeHead(400).end();
      return;
    }
    try {
      const response = await handler(request);
      if (request.method === "HEAD") await respondBare(response, outgoing);
      else await respond(response, outgoing, gone.signal);
      if (!incoming.complete) linger(incoming);
    } catch (error) {
      // A client that has gone away is no news; the handler answers all else.
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
    // HTTP/2 has its method and path among the fields, as `:method`, `:path`.
    if (!name.startsWith(":")) headers.append(name, value);
  }
  // The path alone, on a fixed base: Host is whatever the client says.
  const path = target.startsWith("/") ? target : pathOf(new URL(target));
  const url = new URL(`http://localhost${path}`);
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? toBody(incoming) : null;
  // Node wants `duplex` for a body that streams; not all types know of it yet.
  const init = { method, headers, body, duplex: "half", signal };
  return new Request(url, init);
}

/** Clients of proxies send a whole URL (RFC 9112, section 3.2.2). */
function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}

/** The request's bytes, taken from the socket only as they are asked for. */
function toBody(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  // Destroying it would close the connection before the answer is sent.
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel() {
      // Not awaited: behind a read that waits it waits too, and a client may
      // stall for ever. A read that fails has told so already.
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
    // The signal ends a body that waits; a pipeline looks only at each chunk.
    await pipeline(response.body, outgoing, { signal });
  }
}

/** HEAD has no body. One that never ends, as a live picture's, would be piped for ever. */
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
    // Each comes by itself, and setting the next would replace it.
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
}

/**
 * Browsers read an answer only once they have sent their request, and closing on
 * one that still sends destroys the answer on its way. So Node goes on to read
 * what it no longer wants, for a while.
 */
function linger(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.destroy(), LINGER_MS);
  incoming.once("close", () => clearTimeout(timer)).resume();
}
