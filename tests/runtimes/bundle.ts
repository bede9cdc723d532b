import { SourceMap } from "node:module";
import { build } from "esbuild";
import { root, testNames } from "./names.ts";

export interface Bundle {
  script: string;
  /** Replaces positions in the bundle with positions in the source files. */
  withSourcePositions(stack: string): string;
}

/**
 * Bundles the tests for a runtime that has neither a file system nor a test
 * runner. Everything is imported inside `run`, because workerd allows no I/O,
 * timers or random values in global scope, where a bundle's modules would run.
 */
export async function bundleTests(
  files: readonly string[],
  footer: string,
): Promise<Bundle> {
  const imports = files.map((file) => `await import(${JSON.stringify(file)});`);
  const result = await build({
    stdin: {
      resolveDir: root,
      contents: `
        async function run(filter) {
          globalThis.qunit_config_autostart = false;
          globalThis.qunit_config_reorder = false;
          globalThis.qunit_config_reporters_html = false;
          const { runBundle } = await import("./tests/runtimes/bundle_runner.ts");
          return runBundle(async () => { ${imports.join("\n")} }, filter);
        }
        ${footer}`,
    },
    alias: testNames("qunit"),
    tsconfigRaw: {},
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "esnext",
    sourcemap: "external",
    sourcesContent: false,
    outfile: "tests.js",
    logLevel: "silent",
  });
  const text = (suffix: string) =>
    result.outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? "";
  const map = new SourceMap(JSON.parse(text(".map")));
  return {
    script: text(".js"),
    withSourcePositions: (stack) =>
      // workerd names the only script "script-0". A browser gives its URL.
      stack.replaceAll(
        /(?:script-0|\bhttp:[^\s()]+\/tests\.js):(\d+):(\d+)/g,
        (whole, line, column) => {
          const origin = map.findOrigin(Number(line), Number(column));
          if (!("fileName" in origin)) return whole;
          const { fileName, lineNumber, columnNumber } = origin;
          return `${fileName}:${lineNumber}:${columnNumber}`;
        },
      ),
  };
}
