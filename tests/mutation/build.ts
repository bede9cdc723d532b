/** Bundles the tests with the instrumented library into one module. */
import { build, type Plugin } from "esbuild";
import { globSync } from "node:fs";
import { join, relative } from "node:path";
import { withFastSwitches } from "./mutants.ts";
import { root, testNames } from "../runtimes/names.ts";

const asPosix = (path: string): string => path.replaceAll("\\", "/");

/**
 * Returns the files that are mutated: the grammar, and everything that the
 * parser consists of.
 */
export async function mutatedFiles(): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, "reader/parse/parser.ts")],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    logLevel: "silent",
  });
  const parser = Object.keys(metafile.inputs).filter((path) =>
    path.startsWith("reader/")
  );
  const wire = globSync("wire/**/*.ts", { cwd: root }).map(asPosix);
  return [...new Set([...wire, ...parser, "reader/sanitize_filename.ts"])]
    .sort();
}

/** Writes a bundle that exports the tests and the switches. */
export async function bundle(
  outfile: string,
  tests: readonly string[],
  sources: ReadonlyMap<string, string>,
  counts: boolean,
): Promise<void> {
  const instrumented: Plugin = {
    name: "instrumented",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = sources.get(asPosix(relative(root, path)));
        if (contents === undefined) return undefined;
        return { contents: withFastSwitches(contents, counts), loader: "ts" };
      });
    },
  };
  await build({
    stdin: {
      resolveDir: root,
      contents: [
        ...tests.map((file) => `import ${JSON.stringify(`./${file}`)};`),
        `export { tests } from "./tests/mutation/registry.ts";`,
        `export * from "./tests/mutation/switch.ts";`,
      ].join("\n"),
    },
    alias: {
      ...testNames("node"),
      "@std/testing/bdd": join(root, "tests/mutation/registry.ts"),
    },
    plugins: [instrumented],
    minifySyntax: true,
    tsconfigRaw: {},
    bundle: true,
    format: "esm",
    platform: "node",
    target: "esnext",
    outfile,
    logLevel: "error",
  });
}
