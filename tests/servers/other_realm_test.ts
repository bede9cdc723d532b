/**
 * Runs the library in a realm of its own, with the platform's classes from
 * outside, as Jest runs the code that it tests. There, a stream's promises and
 * chunks are instances of classes that the library's realm does not have.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createContext, runInContext } from "node:vm";
import { bundle } from "../driving/bundles.ts";

/** The globals that Jest passes into a test's realm. */
const OUTER = {
  AbortController,
  AbortSignal,
  Blob,
  CompressionStream,
  crypto,
  DecompressionStream,
  File,
  FormData,
  Headers,
  ReadableStream,
  Request,
  Response,
  TextDecoder,
  TextEncoder,
  URLSearchParams,
  WritableStream,
};

const PROGRAM = `
import { MultipartReader, MultipartWriter } from "./mod.ts";

async function run() {
  const form = new FormData();
  form.append("text", "hello");
  form.append("file", new File(["x".repeat(100000)], "f.txt"));
  const read = [];
  const message = new Response(form);
  for await (const part of MultipartReader.from(message)) {
    if (part.filename === undefined) read.push(await part.text());
    else {
      let size = 0;
      for await (const chunk of part) size += chunk.length;
      read.push(size);
    }
  }

  const writer = new MultipartWriter("mixed");
  writer.append("text");
  writer.append(new Blob(["small"]));
  writer.append(new Blob(["y".repeat(100000)]));
  writer.append(new Blob(["stream"]).stream());
  writer.append("packed", { contentEncoding: "gzip" });
  const again = MultipartReader.from(writer.toResponse());
  for await (const part of again) {
    const bytes = await part.bytes();
    read.push(bytes.length > 9 ? bytes.length : new TextDecoder().decode(bytes));
  }
  return JSON.stringify(read);
}
globalThis.result = run();
`;

describe("a realm of its own", () => {
  it("reads and writes what the platform's outer classes give", async () => {
    const script = await bundle({
      stdin: { contents: PROGRAM, resolveDir: "." },
      format: "iife",
    });
    const context = createContext({ ...OUTER });
    runInContext(script, context);
    const read: string = await context["result"];
    assertEquals(JSON.parse(read), [
      "hello",
      100_000,
      "text",
      "small",
      100_000,
      "stream",
      "packed",
    ]);
  });
});
