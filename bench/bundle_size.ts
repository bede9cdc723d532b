/**
 * Prints what each import of the library adds to a bundle, in bytes:
 *
 *     node bench/bundle_size.ts [--write]
 *
 * With `--write`, it replaces the table in docs/performance.md.
 */
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "docs/performance.md");

/** Matches the whole table. */
const TABLE = /^\| import .*\n(?:\|.*\n)+/m;

/** The imports, by their names in the table. */
const IMPORTS = {
  MultipartParser: `export { MultipartParser } from "./mod.ts"`,
  MultipartReader: `export { MultipartReader } from "./mod.ts"`,
  readForm: `export { field, file, readForm } from "./mod.ts"`,
  MultipartWriter: `export { MultipartWriter } from "./mod.ts"`,
  byteRanges: `export { byteRanges } from "./mod.ts"`,
  mixedReplace: `export { mixedReplace } from "./mod.ts"`,
  sanitizeFilename: `export { sanitizeFilename } from "./mod.ts"`,
  "@tributary/multipart/reader": `export * from "./reader/mod.ts"`,
  "@tributary/multipart/writer": `export * from "./writer/mod.ts"`,
  "@tributary/multipart": `export * from "./mod.ts"`,
} as const;

/** The size of one import, in bytes. */
export interface BundleSize {
  readonly entry: string;
  readonly minified: number;
  readonly gzipped: number;
}

/**
 * Bundles each import separately and minified, from the sources. These do not
 * have the package's declaration that no module has side effects.
 */
export async function measureBundles(): Promise<BundleSize[]> {
  const sizes: BundleSize[] = [];
  for (const [entry, contents] of Object.entries(IMPORTS)) {
    const { outputFiles: [bundle] } = await build({
      absWorkingDir: root,
      stdin: { contents, resolveDir: root },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "esnext",
      tsconfigRaw: {},
      write: false,
      logLevel: "silent",
    });
    if (bundle === undefined) throw new Error(`Cannot bundle ${entry}`);
    const gzipped = gzipSync(bundle.contents, { level: 9 }).length;
    sizes.push({ entry, minified: bundle.contents.length, gzipped });
  }
  return sizes;
}

/** Formats the table as `deno fmt` does. */
export function formatTable(sizes: readonly BundleSize[]): string {
  const count = (value: number) => value.toLocaleString("en-US");
  const rows = sizes.map(({ entry, minified, gzipped }) => [
    `\`${entry}\``,
    count(minified),
    count(gzipped),
  ]);
  const head = ["import", "minified", "gzipped"];
  const widths = head.map((_title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0), 3)
  );
  const line = (cells: string[]) =>
    `| ${
      cells.map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      }).join(" | ")
    } |\n`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
  );
  return [head, rule, ...rows].map(line).join("");
}

/** Reads the page's table. */
export function readTable(text: string): BundleSize[] {
  const table = TABLE.exec(text)?.[0] ?? "";
  const number = (digits = "") => Number(digits.replaceAll(",", ""));
  return [...table.matchAll(/^\| `(\S+)` +\| +([\d,]+) \| +([\d,]+) \|$/gm)]
    .map(([, entry = "", minified, gzipped]) => ({
      entry,
      minified: number(minified),
      gzipped: number(gzipped),
    }));
}

if (import.meta.main) {
  const table = formatTable(await measureBundles());
  console.log(table.trimEnd());
  if (process.argv.includes("--write")) {
    const text = await readFile(page, "utf8");
    if (!TABLE.test(text)) throw new Error("Cannot write: no table is there");
    await writeFile(page, text.replace(TABLE, table));
  }
}
