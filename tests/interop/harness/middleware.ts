/** Has a parser of Node requests read a message, as a server would. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { withServer } from "../../driving/servers.ts";
import type { Message, ToldPart } from "./peer.ts";

/** Returns what it reads of a request. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<ToldPart[]>;

/** Sends the message with Content-Length. */
export function read(
  middleware: Middleware,
  { bytes, contentType }: Message,
): Promise<ToldPart[]> {
  return post(middleware, {
    headers: { "content-type": contentType },
    body: bytes,
  });
}

/** Sends the message as the writer passes it to `fetch`. */
export function readRequestInit(
  middleware: Middleware,
  { requestInit }: Message,
): Promise<ToldPart[]> {
  return post(middleware, requestInit());
}

async function post(
  middleware: Middleware,
  init: RequestInit,
): Promise<ToldPart[]> {
  return await withServer(async (request, response) => {
    try {
      response.end(JSON.stringify(await middleware(request, response)));
    } catch (error) {
      response.statusCode = 400;
      response.end(String(error));
    }
  }, async (url) => {
    const response = await fetch(url, { ...init, method: "POST" });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  });
}
