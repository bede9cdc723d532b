/**
 * The runtime's own server and Node's, with the same response for all handlers.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What to do with a body. A request's path names it. */
export type Task = "form" | "sink" | "disk";

/** What a handler found in a body, and where it saved the file. */
export interface Found {
  readonly names: string[];
  /** Bytes of a file, or characters of a field. */
  readonly sizes: number[];
  path?: string;
}

export type Handler<Message> = (
  message: Message,
  task: Task,
) => Promise<Found>;

/** The part of Bun's types that is used here. */
declare const Bun: {
  serve(options: {
    port: number;
    hostname: string;
    fetch: (request: Request) => Promise<Response>;
    maxRequestBodySize: number;
  }): { port: number };
};

const hostname = "127.0.0.1";

export const isDeno: boolean = "Deno" in globalThis;
export const isBun: boolean = "Bun" in globalThis;
export const isNode: boolean = !isDeno && !isBun;

export function emptyFound(): Found {
  return { names: [], sizes: [] };
}

/** Adds a field, or a file that was read. */
export function add(found: Found, name: string, value: string | Blob): void {
  found.names.push(name);
  found.sizes.push(typeof value === "string" ? value.length : value.size);
}

/** Returns the task that a URL or its path names. */
export function taskOf(url: string | undefined): Task {
  const name = url?.slice(url.lastIndexOf("/") + 1);
  if (name === "form" || name === "sink" || name === "disk") return name;
  throw new Error(`Cannot answer ${url}: its path names no task`);
}

/** Serves with `node:http`, which all three runtimes have. Returns the URL. */
export function listenOnNode(
  handler: Handler<IncomingMessage>,
): Promise<string> {
  const server = createServer((message, response) => {
    const found = handler(message, taskOf(message.url));
    found.then(
      (found) =>
        response.writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify(found)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  server.requestTimeout = 0;
  return new Promise((resolve) => {
    server.listen(0, hostname, () => {
      // A server that listens on a port has an address of this type.
      const { port } = server.address() as AddressInfo;
      resolve(`http://${hostname}:${port}`);
    });
  });
}

/** Serves with `Deno.serve` or `Bun.serve`. Returns the URL. */
export function listenOnWeb(handler: Handler<Request>): Promise<string> {
  return serveFetch(async (request) =>
    Response.json(await handler(request, taskOf(request.url)))
  );
}

/** Serves with a handler that takes a `Request` and returns a `Response`. */
export function serveFetch(
  fetch: (request: Request) => Promise<Response>,
): Promise<string> {
  if (isBun) {
    // By default, Bun refuses bodies over 128 MiB.
    const maxRequestBodySize = Number.MAX_SAFE_INTEGER;
    const { port } = Bun.serve({
      port: 0,
      hostname,
      fetch,
      maxRequestBodySize,
    });
    return Promise.resolve(`http://${hostname}:${port}`);
  }
  return new Promise((resolve) => {
    Deno.serve({
      port: 0,
      hostname,
      onListen: ({ port }) => resolve(`http://${hostname}:${port}`),
    }, fetch);
  });
}
