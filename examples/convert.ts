/**
 * Converts the files of a form, four at a time, and answers in order:
 * `deno serve --config=deno.json --host=127.0.0.1 examples/convert.ts`, or `bun examples/convert.ts`
 * (on port 3000, or PORT), then `curl -F a=@one.txt -F b=@two.txt http://localhost:8000/`.
 * The conversion here is compression, in place of any slow task.
 */
import {
  MultipartError,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const CONCURRENCY = 4;

// Results are buffered until all files were converted, so the input is limited.
const limits = { totalBytes: 64 * 1024 * 1024 };

/**
 * Maps at most `limit` items at a time, and yields the results in order. While
 * that many are pending, it takes no other item, so the sender has to wait.
 */
export async function* mapAsync<T, R>(
  items: AsyncIterable<T>,
  limit: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = map(item);
    result.catch(() => {}); // An error is thrown when this result's turn comes.
    if (running.push(result) >= limit) yield await running.splice(0, 1)[0];
  }
  for (const result of running) yield await result;
}

/**
 * Reads each file whole: the next part is available only after this one was
 * read.
 */
async function* wholeFiles(request: Request) {
  for await (const part of MultipartReader.from(request, { limits })) {
    const { filename } = part;
    if (filename) yield { filename, bytes: await part.bytes() };
  }
}

const compress = promisify(gzip);

/** The server for `deno serve` and Bun. */
export default {
  hostname: "127.0.0.1", // By default, Bun listens on all interfaces.
  async fetch(request: Request): Promise<Response> {
    const converted = mapAsync(
      wholeFiles(request),
      CONCURRENCY,
      async ({ filename, bytes }) => ({
        filename: `${filename}.gz`,
        bytes: await compress(bytes),
      }),
    );
    try {
      const answer = new MultipartWriter();
      for await (const { filename, bytes } of converted) {
        answer.append(bytes, { filename, type: "application/gzip" });
      }
      return answer.toResponse();
    } catch (error) {
      // The library's errors have a status for the response.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot convert the files:", error);
      return new Response("The conversion failed\n", { status: 500 });
    }
  },
};
