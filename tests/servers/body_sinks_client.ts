/**
 * Hands a part's body to the sinks of this runtime: a file, a fetch, and what
 * else it has. Prints the sinks, each with the text of the next part, which is
 * in the same buffer: a sink that took the buffer away would spoil it.
 */
import { MultipartReader } from "@tributary/multipart/reader";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

const [url = "", folder = ""] = process.argv.slice(2);
const path = join(folder, "sink");
const text = "a river runs through it, ".repeat(10_000);

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

async function posted(body: Body): Promise<string> {
  const init = { method: "POST", body, duplex: "half" } as RequestInit;
  return await (await fetch(url, init)).text();
}

async function inFile(write: () => Promise<unknown>): Promise<string> {
  await write();
  return await readFile(path, "utf8");
}

const sinks: Record<string, (body: Body) => Promise<string>> = {
  "fetch": posted,
  "fetch of new Response().body": (body) =>
    posted(new Response(body).body ?? body),
};

const deno: { writeFile(path: string, body: Body): Promise<void> } | undefined =
  Reflect.get(
    globalThis as object,
    "Deno",
  );
const bun:
  | { write(path: string, response: Response): Promise<number> }
  | undefined = Reflect.get(
    globalThis as object,
    "Bun",
  );
if (deno !== undefined) {
  sinks["Deno.writeFile()"] = (body) =>
    inFile(() => deno.writeFile(path, body));
} else if (bun !== undefined) {
  sinks["Bun.write()"] = (body) =>
    inFile(() => bun.write(path, new Response(body)));
} else {
  sinks["writeFile()"] = (body) => inFile(() => writeFile(path, body));
  const { Readable } = await import("node:stream");
  const { createWriteStream } = await import("node:fs");
  const { pipeline } = await import("node:stream/promises");
  sinks["Readable.fromWeb()"] = (body) =>
    inFile(() =>
      pipeline(
        Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]),
        createWriteStream(path),
      )
    );
}

for (const [name, sink] of Object.entries(sinks)) {
  const head = "--b\r\n\r\n";
  const bytes = new TextEncoder().encode(
    `${head}${text}\r\n${head}the bank\r\n--b--`,
  );
  const reader = new MultipartReader([bytes], { boundary: "b" });
  const { value: first } = await reader.next();
  if (first === undefined) throw new Error("expected a part");
  const isWhole = await sink(first.body) === text;
  const { value: second } = await reader.next();
  console.log(`${name}: ${isWhole}, ${await second?.text()}`);
}
