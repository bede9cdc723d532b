/** The headers that workerd sends for a multipart that a Worker streams. */
import { assert, assertEquals } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { Miniflare } from "miniflare";
import { bundleText } from "../driving/bundles.ts";
import { withServer } from "../driving/servers.ts";

const worker = `import { MultipartWriter } from "@tributary/multipart/writer";

function* chunksOf(count) {
  for (let left = count; left > 0; left--) yield new Uint8Array(1000).fill(7);
}

function write(chunks, size) {
  const writer = new MultipartWriter("form-data");
  const body = ReadableStream.from(chunksOf(chunks));
  writer.append("hello", { name: "greeting" });
  writer.append(body, { name: "upload", filename: "sevens", size });
  return writer;
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/stated") return write(50, 50_000).toResponse();
    if (pathname === "/unknown") return write(50).toResponse();
    if (pathname === "/short") return write(49, 50_000).toResponse();
    const init = write(50, 50_000).toRequestInit();
    return await fetch(searchParams.get("to"), init);
  },
};`;

/** Returns the message, and as much of its body as arrives. */
async function receive(
  url: string,
): Promise<{ headers: IncomingMessage["headers"]; body: Uint8Array }> {
  const [message] = await once(get(url), "response") as [IncomingMessage];
  return { headers: message.headers, body: await buffer(message) };
}

async function partsOf(
  body: Uint8Array,
  contentType = "",
): Promise<[name: string | undefined, length: number][]> {
  const parts: [string | undefined, number][] = [];
  for await (const part of new MultipartReader(body, { contentType })) {
    parts.push([part.name, (await part.bytes()).length]);
  }
  return parts;
}

const whole: [string, number][] = [["greeting", 5], ["upload", 50_000]];

describe("MultipartWriter in a Worker", () => {
  let miniflare: Miniflare;
  let url = "";

  beforeEach(async () => {
    miniflare = new Miniflare({
      modules: true,
      script: await bundleText(worker),
      compatibilityDate: "2026-07-30",
      handleRuntimeStdio() {}, // The Worker would log the body that fails.
    });
    url = (await miniflare.ready).href;
  });

  afterEach(() => miniflare.dispose());

  it("answers with Content-Length where the size is known", async () => {
    const { headers, body } = await receive(`${url}stated`);
    assertEquals(headers["content-length"], `${body.length}`);
    assertEquals(headers["transfer-encoding"], undefined);
    assertEquals(await partsOf(body, headers["content-type"]), whole);
  });

  it("answers in chunks where it is not", async () => {
    const { headers, body } = await receive(`${url}unknown`);
    assertEquals(headers["content-length"], undefined);
    assertEquals(headers["transfer-encoding"], "chunked");
    assertEquals(await partsOf(body, headers["content-type"]), whole);
  });

  it("cuts the connection where a body is shorter than was stated", async () => {
    const failure = await receive(`${url}short`).then(() => "", String);
    assert(failure.includes("aborted"), failure);
  });

  it("uploads a stream with Content-Length", async () => {
    await withServer(async (request, response) => {
      const body = await buffer(request);
      const { "content-length": length, "content-type": type } =
        request.headers;
      response.end(JSON.stringify([
        length === `${body.length}`,
        await partsOf(body, type),
      ]));
    }, async (to) => {
      const query = new URLSearchParams({ to });
      const { body } = await receive(`${url}upload?${query}`);
      assertEquals(JSON.parse(new TextDecoder().decode(body)), [true, whole]);
    });
  });
});
