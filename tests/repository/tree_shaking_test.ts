/** Proves that a bundler drops the half of the library that a program leaves out. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { build } from "esbuild";
import { root } from "../runtimes/names.ts";

/**
 * The files of which a program's bundle holds bytes. They are bundled from their
 * sources, whose package.json promises nothing about side effects: what a file
 * does when it is imported would stay.
 */
async function filesKept(program: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "esnext",
    tsconfigRaw: {},
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
}

describe("a bundle from the root", () => {
  it("holds no byte of reader/ when it only writes", async () => {
    const files = await filesKept(
      `export { byteRanges, FrameBroadcast, mixedReplace, MultipartEncoderStream,
        MultipartWriter } from "./mod.ts"`,
    );
    assertEquals(files.filter((path) => path.startsWith("reader/")), []);
  });

  it("holds no byte of writer/ when it only reads", async () => {
    const files = await filesKept(
      `export { MultipartDecoderStream, MultipartParser, MultipartReader,
        readForm, sanitizeFilename } from "./mod.ts"`,
    );
    assertEquals(files.filter((path) => path.startsWith("writer/")), []);
  });
});
