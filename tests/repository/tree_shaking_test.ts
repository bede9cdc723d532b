/**
 * Proves that a bundler drops the half of the library that a program does not
 * use.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { build } from "esbuild";
import { root } from "../runtimes/names.ts";

/**
 * Returns the files that have bytes in a program's bundle. They are bundled
 * from source, where package.json says nothing about side effects, so anything
 * that a file does when it is imported would remain.
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
