/** Passes a part's body to the sinks of real runtimes. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inFolder } from "../driving/folders.ts";
import { bundleText } from "../driving/bundles.ts";
import { withServer } from "../driving/servers.ts";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";

const client = "tests/servers/body_sinks_client.ts";

/** The sinks that every runtime has. */
const commonSinks = [
  "fetch",
  "fetch of new Response().body",
  "tee(), of which both are posted",
  "CompressionStream, posted",
  "pipeTo() a file",
  "Readable.fromWeb() into a file",
  "Readable.fromWeb() through zlib",
];

const transferred = "a stream that was transferred";

interface Sinks {
  readonly command: string | undefined;
  readonly arguments: readonly string[];
  /** The sinks that only this runtime has. */
  readonly own: readonly string[];
  /**
   * The sinks that this runtime lacks, and the error that using them throws.
   */
  readonly lacks?: Readonly<Record<string, string>>;
}

const runtimes: Record<string, Sinks> = {
  Node: {
    command: nodePath(),
    arguments: [],
    own: ["writeFile()", "a server's response"],
  },
  Deno: {
    command: installed("deno"),
    arguments: ["run", "--quiet", "--allow-all", "--no-check"],
    own: [
      "Deno.writeFile()",
      "Deno.FsFile.writable",
      "new Response() of Deno.serve()",
    ],
  },
  Bun: {
    command: installed("bun"),
    arguments: [],
    own: [
      "Bun.write()",
      "Bun.file().writer()",
      "new Response() of Bun.serve()",
    ],
    lacks: { [transferred]: "DataCloneError" },
  },
};

/** A Worker that puts each part into R2, and answers with one of them. */
const worker = `import { MultipartReader } from "@tributary/multipart/reader";

const sinks = {
  put: (body, length, bucket) =>
    bucket.put("object", body.pipeThrough(new FixedLengthStream(length))),
  identity: async (body, length, bucket) => {
    const { readable, writable } = new IdentityTransformStream();
    const text = new Response(readable).text();
    await body.pipeTo(writable);
    await bucket.put("object", await text);
  },
};

export default {
  async fetch(request, { BUCKET }) {
    const name = new URL(request.url).pathname.slice(1);
    const length = Number(request.headers.get("x-length"));
    const bytes = new Uint8Array(await request.arrayBuffer());
    const reader = new MultipartReader([bytes], { boundary: "b" });
    const { value: first } = await reader.next();
    if (name === "response") return new Response(first.body);
    await sinks[name](first.body, length, BUCKET);
    const { value: second } = await reader.next();
    const stored = await (await BUCKET.get("object")).text();
    return Response.json([stored, await second.text()]);
  },
};`;

describe("PartReader.body", () => {
  for (const [name, runtime] of Object.entries(runtimes)) {
    it(`goes whole into the sinks of ${name}, and spoils no other part`, async () => {
      const { command, own } = runtime;
      assert(command !== undefined, `${name} is not installed`);
      let output = "";
      await inFolder(async (folder) => {
        await withServer((request, response) => {
          request.pipe(response);
          return Promise.resolve();
        }, async (url) => {
          const { stdout } = await promisify(execFile)(command, [
            ...runtime.arguments,
            client,
            url,
            folder,
          ], { cwd: root });
          output = stdout;
        });
      });
      const { lacks = {} } = runtime;
      assertEquals(
        output.trim().split("\n"),
        [...commonSinks, ...own, transferred]
          .map((sink) => `${sink}: ${lacks[sink] ?? true}, the bank`),
      );
    });
  }

  it("goes whole into R2 and the answers of workerd", async () => {
    const text = "a river runs through it, ".repeat(10_000);
    const miniflare = new Miniflare({
      modules: true,
      script: await bundleText(worker),
      compatibilityDate: "2026-07-30",
      r2Buckets: ["BUCKET"],
    });
    try {
      const sent = (name: string) =>
        miniflare.dispatchFetch(`http://localhost/${name}`, {
          method: "POST",
          headers: { "x-length": `${text.length}` },
          body: `--b\r\n\r\n${text}\r\n--b\r\n\r\nthe bank\r\n--b--`,
        });
      for (const name of ["put", "identity"]) {
        assertEquals(await (await sent(name)).json(), [text, "the bank"]);
      }
      assertEquals(await (await sent("response")).text(), text);
    } finally {
      await miniflare.dispose();
    }
  });
});
