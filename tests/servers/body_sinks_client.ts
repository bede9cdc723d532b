/**
 * Passes a part's body to the sinks of this runtime, such as a file, a fetch or
 * a server's response. Prints each sink with the text of the next part. That
 * part is in the same buffer: a sink that transferred the buffer would destroy
 * it.
 */
import { MultipartReader } from "@tributary/multipart/reader";
import { createWriteStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gunzipSync } from "node:zlib";

const [url = "", folder = ""] = process.argv.slice(2);
const path = join(folder, "sink");
const text = "a river runs through it, ".repeat(10_000);

type Body = ReadableStream<Uint8Array<ArrayBuffer>>;
type Sink = (body: Body) => Promise<string>;
type Answer = () => Response;

async function posted(body: Body): Promise<string> {
  const init = { method: "POST", body, duplex: "half" } as RequestInit;
  return await (await fetch(url, init)).text();
}

async function inFile(write: () => Promise<unknown>): Promise<string> {
  await write();
  return await readFile(path, "utf8");
}

/** The body as a Node stream. The types of the two streams do not match. */
function nodeStream(body: Body): Readable {
  return Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
}

/** Transfers the body through a port, as `postMessage` to a worker does. */
async function transferred(body: Body): Promise<string> {
  const { port1, port2 } = new MessageChannel();
  try {
    const arrived = new Promise<Body>((resolve) => {
      port2.onmessage = ({ data }) => resolve(data);
    });
    port1.postMessage(body, [body as unknown as Transferable]);
    return await new Response(await arrived).text();
  } finally {
    port1.close();
    port2.close();
  }
}

const sinks: Record<string, Sink> = {
  "fetch": posted,
  "fetch of new Response().body": (body) =>
    posted(new Response(body).body ?? body),
  "tee(), of which both are posted": async (body) => {
    const [first, second] = body.tee();
    const [one, other] = await Promise.all([posted(first), posted(second)]);
    return one === other ? one : "different";
  },
  "CompressionStream, posted": async (body) => {
    const packed = body.pipeThrough(new CompressionStream("gzip"));
    const init = { method: "POST", body: packed, duplex: "half" };
    const response = await fetch(url, init as RequestInit);
    return gunzipSync(await response.arrayBuffer()).toString();
  },
  "pipeTo() a file": (body) =>
    inFile(() => body.pipeTo(Writable.toWeb(createWriteStream(path)))),
  "Readable.fromWeb() into a file": (body) =>
    inFile(() => pipeline(nodeStream(body), createWriteStream(path))),
  "Readable.fromWeb() through zlib": async (body) => {
    await pipeline(nodeStream(body), createGzip(), createWriteStream(path));
    return gunzipSync(await readFile(path)).toString();
  },
};

interface Deno {
  writeFile(path: string, body: Body): Promise<void>;
  open(
    path: string,
    options: { write: true; create: true; truncate: true },
  ): Promise<{ writable: WritableStream<Uint8Array> }>;
  serve(
    options: { port: 0; hostname: string; onListen(): void },
    answer: Answer,
  ): { addr: { port: number }; shutdown(): Promise<void> };
}

interface Bun {
  write(path: string, response: Response): Promise<number>;
  file(path: string): {
    writer(): { write(chunk: Uint8Array): unknown; end(): unknown };
  };
  serve(
    options: { port: 0; hostname: string; fetch: Answer },
  ): { port: number; stop(): unknown };
}

const hostname = "127.0.0.1";
const deno: Deno | undefined = Reflect.get(globalThis as object, "Deno");
const bun: Bun | undefined = Reflect.get(globalThis as object, "Bun");

async function fetched(port: number): Promise<string> {
  return await (await fetch(`http://${hostname}:${port}/`)).text();
}

if (deno !== undefined) {
  sinks["Deno.writeFile()"] = (body) =>
    inFile(() => deno.writeFile(path, body));
  sinks["Deno.FsFile.writable"] = (body) =>
    inFile(async () => {
      const how = { write: true, create: true, truncate: true } as const;
      await body.pipeTo((await deno.open(path, how)).writable);
    });
  sinks["new Response() of Deno.serve()"] = async (body) => {
    const server = deno.serve(
      { port: 0, hostname, onListen() {} },
      () => new Response(body),
    );
    const answer = await fetched(server.addr.port);
    await server.shutdown();
    return answer;
  };
} else if (bun !== undefined) {
  sinks["Bun.write()"] = (body) =>
    inFile(() => bun.write(path, new Response(body)));
  sinks["Bun.file().writer()"] = (body) =>
    inFile(async () => {
      const writer = bun.file(path).writer();
      for await (const chunk of body) writer.write(chunk);
      await writer.end();
    });
  sinks["new Response() of Bun.serve()"] = async (body) => {
    const server = bun.serve({
      port: 0,
      hostname,
      fetch: () => new Response(body),
    });
    const answer = await fetched(server.port);
    server.stop();
    return answer;
  };
} else {
  sinks["writeFile()"] = (body) => inFile(() => writeFile(path, body));
  sinks["a server's response"] = async (body) => {
    const server = createServer((_, response) => {
      pipeline(nodeStream(body), response).catch(console.error);
    });
    await new Promise<void>((resolve) => server.listen(0, hostname, resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port ?? 0 : 0;
    const answer = await fetched(port);
    server.closeAllConnections();
    server.close();
    return answer;
  };
}
sinks["a stream that was transferred"] = transferred;

for (const [name, sink] of Object.entries(sinks)) {
  const head = "--b\r\n\r\n";
  const bytes = new TextEncoder().encode(
    `${head}${text}\r\n${head}the bank\r\n--b--`,
  );
  const reader = new MultipartReader([bytes], { boundary: "b" });
  const { value: first } = await reader.next();
  if (first === undefined) throw new Error("expected a part");
  const result = await sink(first.body).then(
    (got) => `${got === text}`,
    (error) => error.name,
  );
  const { value: second } = await reader.next();
  console.log(`${name}: ${result}, ${await second?.text()}`);
}
