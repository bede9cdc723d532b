/**
 * Converts the files of a form, four at a time, and answers in their order:
 * `deno serve --config=deno.json --host=127.0.0.1 examples/convert.ts`, or `bun examples/convert.ts`
 * (on port 3000, or PORT), then `curl -F a=@one.txt -F b=@two.txt http://localhost:8000/`.
 * Here to convert is to compress; it may be anything that takes its time.
 */
import {
  MultipartError,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const CONCURRENCY = 4;

// Results are held until all is well, so what comes in has a bound.
const limits = { totalBytes: 64 * 1024 * 1024 };

/**
 * Maps at most `limit` items at a time, and gives the results in order. While
 * so many are under way no other is taken, and whoever sends them has to wait.
 */
export async function* mapAsync<T, R>(
  items: AsyncIterable<T>,
  limit: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  for await (const item of items) {
    const result = map(item);
    result.catch(() => {}); // If it fails, that is seen when its turn comes.
    if (running.push(result) >= limit) yield await running.splice(0, 1)[0];
  }
  for (const result of running) yield await result;
}

/** Reads each file whole: a part has to be read before the next one is there. */
async function* wholeFiles(request: Request) {
  for await (const part of MultipartReader.from(request, { limits })) {
    const { filename } = part;
    if (filename) yield { filename, bytes: await part.bytes() };
  }
}

const compress = promisify(gzip);

/** What `deno serve` and Bun take as a server. */
export default {
  hostname: "127.0.0.1", // Bun listens on all interfaces otherwise.
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
      // The library's errors know the status to answer with.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot convert the files:", error);
      return new Response("The conversion failed\n", { status: 500 });
    }
  },
};
