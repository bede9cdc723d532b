/** Documents and their files, read in pairs: in this process, and over HTTP. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Pair, readPairs } from "../../examples/pairs.ts";
import { cuttings, streamOf, utf8 } from "../bytes.ts";
import { withServer } from "../driving/servers.ts";
import { onEachRuntime, runExample } from "./running.ts";
import vectors from "../conformance/mime.json" with { type: "json" };

const found = vectors.cases.find(({ id }) => id === "dashed-boundary");
const { contentType = "", body = "" } = found ?? {};

/** Two documents with files, one of which is large. */
const manyFiles = `--x\r
Content-Type: multipart/related; boundary=y\r
\r
--y\r
\r
{"id":1}\r
--y\r
Content-Disposition: attachment; filename=large.txt\r
\r
${"large ".repeat(100)}\r
--y\r
Content-Disposition: attachment; filename=small.txt\r
\r
small\r
--y--\r
--x\r
Content-Type: multipart/related; boundary=y\r
\r
--y\r
\r
{"id":2}\r
--y\r
Content-Disposition: attachment; filename=last.txt\r
\r
last\r
--y--\r
--x--\r
`;

function responseOf(
  chunks: Iterable<Uint8Array>,
  type = "multipart/mixed; boundary=x",
): Response {
  return new Response(streamOf(chunks), { headers: { "content-type": type } });
}

/** Reads all pairs, and returns what was read. */
async function collect(
  response: Response,
  readFiles: (files: Pair["files"]) => Promise<unknown> = textOfEach,
): Promise<unknown[]> {
  const pairs: unknown[] = [];
  for await (const { document, files } of readPairs(response)) {
    pairs.push([document, await readFiles(files)]);
  }
  return pairs;
}

async function textOfEach(files: Pair["files"]): Promise<string[]> {
  const texts: string[] = [];
  for await (const file of files) {
    texts.push(`${file.filename}: ${await new Response(file.body).text()}`);
  }
  return texts;
}

describe("readPairs()", () => {
  it("reads a badly formed response, however it is cut", async () => {
    for (const { label, chunks } of cuttings(utf8(body))) {
      assertEquals(await collect(responseOf(chunks, contentType)), [
        [{ id: 1 }, []],
        [{ id: 2 }, ["b.txt: b b b"]],
        [{ id: 3 }, []],
      ], label);
    }
  });

  it("reads several files of a document", async () => {
    for (const { label, chunks } of cuttings(utf8(manyFiles))) {
      assertEquals(await collect(responseOf(chunks)), [
        [{ id: 1 }, [`large.txt: ${"large ".repeat(100)}`, "small.txt: small"]],
        [{ id: 2 }, ["last.txt: last"]],
      ], label);
    }
  });

  const lazy: [string, (files: Pair["files"]) => Promise<unknown>][] = [
    ["that nobody asks for", () => Promise.resolve()],
    ["that nobody reads", async (files) => {
      for await (const _file of files);
    }],
    ["of which one is read in part", async (files) => {
      for await (const file of files) {
        await file.readChunk(3);
        return;
      }
    }],
  ];
  for (const [which, readFiles] of lazy) {
    it(`skips files ${which}`, async () => {
      for (const { label, chunks } of cuttings(utf8(manyFiles))) {
        const pairs = await collect(responseOf(chunks), readFiles);
        assertEquals(pairs, [
          [{ id: 1 }, undefined],
          [{ id: 2 }, undefined],
        ], label);
      }
    });
  }

  it("gives a document before its files have come", async () => {
    const [before = ""] = manyFiles.split("large ");
    const stalled = new ReadableStream({
      start(controller) {
        controller.enqueue(utf8(before));
      },
    });
    const headers = { "content-type": "multipart/mixed; boundary=x" };
    const pairs = readPairs(new Response(stalled, { headers }));
    const { value } = await pairs.next();
    assertEquals(value?.document, { id: 1 });
    await pairs.return(undefined);
  });
});

describe("examples/pairs.ts", () => {
  const runtimes = onEachRuntime("examples/pairs.ts", "--allow-net=127.0.0.1");
  for (const { name, command } of runtimes) {
    it(`reads its own example on ${name}`, async () => {
      const { exitCode, stdout, stderr } = await runExample(command);
      assertEquals(
        stdout + stderr,
        '{"title":"A document by itself"}\n' +
          '{"title":"A document with a file"}\n' +
          "  river.txt: 26 bytes\n",
      );
      assertEquals(exitCode, 0);
    });

    it(`reads a server's answer on ${name}`, async () => {
      await withServer((_request, response) => {
        response.writeHead(200, { "content-type": contentType });
        response.end(body);
      }, async (url) => {
        const { exitCode, stdout, stderr } = await runExample([
          ...command,
          url,
        ]);
        assertEquals(
          stdout + stderr,
          '{"id":1}\n{"id":2}\n  b.txt: 5 bytes\n{"id":3}\n',
        );
        assertEquals(exitCode, 0);
      });
    });
  }
});
