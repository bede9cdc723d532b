/**
 * Many HTTP requests in one (multipart/mixed of application/http), both sides.
 * The server: `deno serve --config=deno.json --host=127.0.0.1 examples/batch.ts`. The client:
 * `node examples/batch.ts http://localhost:8000/ '/hello?name=Ada' /nowhere`.
 */
import {
  MultipartError,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import process from "node:process";
import { addMessage, readMessage, urlOn } from "./http_message.ts";

// Each message is buffered, so its size and number are limited.
const limits = { parts: 100, totalBytes: 1024 * 1024 };

const options = {
  accept: "mixed",
  limits,
  decode: false,
  lineEndings: "any", // Google's Python client ends lines with LF.
} as const;

/** Answers each request of a batch, in order. */
export async function answerBatch(
  batch: Request,
  handle: (request: Request) => Promise<Response>,
): Promise<Response> {
  const answers = new MultipartWriter();
  for await (const part of MultipartReader.from(batch, options)) {
    const { startLine: [method, path = ""], ...init } = await readMessage(part);
    const request = new Request(urlOn(batch.url, path), { ...init, method });
    const response = await handle(request).catch((error) => {
      console.error("Cannot answer a request of a batch:", error);
      return new Response(null, { status: 500 });
    });
    const startLine = `HTTP/1.1 ${response.status} ${response.statusText}`;
    const id = `response-${part.contentId}`;
    await addMessage(answers, startLine, response, contentId(id));
  }
  return answers.toResponse();
}

/**
 * Sends requests to one server together. Yields each response with its request.
 */
export async function* sendBatch(url: string, requests: Request[]) {
  const batch = new MultipartWriter();
  for (const [index, request] of requests.entries()) {
    const { pathname, search } = new URL(request.url);
    const startLine = `${request.method} ${pathname}${search} HTTP/1.1`;
    await addMessage(batch, startLine, request, contentId(index));
  }
  const answer = await fetch(url, batch.toRequestInit());
  if (!answer.ok) throw new Error(`Cannot send a batch: ${answer.status}`);
  for await (const part of MultipartReader.from(answer)) {
    const { startLine: [, status], ...message } = await readMessage(part);
    const init = { ...message, status: Number(status) };
    // The responses may come in any order.
    const index = Number(part.contentId?.replace("response-", ""));
    yield [requests[index], new Response(message.body, init)] as const;
  }
}

/**
 * Sets the field itself, since `contentId` does not allow spaces and Google's
 * clients send some.
 */
function contentId(id: string | number): Record<string, string> {
  return { "content-id": `<${id}>` };
}

/** Answers one request as if it had been sent alone. */
async function handle(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/hello") {
    return new Response(`Hello, ${searchParams.get("name")}`);
  }
  if (pathname === "/count" && request.method === "POST") {
    return Response.json({ characters: (await request.text()).length });
  }
  return new Response(null, { status: 404 });
}

/** The server for `deno serve`. */
export default {
  async fetch(request: Request): Promise<Response> {
    try {
      return await answerBatch(request, handle);
    } catch (error) {
      // A Request throws a TypeError for an invalid path or method.
      const status = error instanceof MultipartError
        ? error.status
        : error instanceof TypeError
        ? 400
        : 500;
      if (status === 500) console.error("Cannot answer a batch:", error);
      return new Response(null, { status });
    }
  },
};

const [url, ...paths] = process.argv.slice(2);
if (import.meta.main && url !== undefined) {
  const requests = paths.map((path) => new Request(new URL(path, url)));
  for await (const [request, response] of sendBatch(url, requests)) {
    console.log(request.url, response.status, await response.text());
  }
}
