/**
 * Builds the inspector as a single page that can be hosted anywhere, or opened from a
 * disk: `node examples/inspector/build.ts [file]`. Without a file, it makes
 * `site/inspector.html`, and the page that the upload server has at `/inspector`.
 */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const uploadPage = join(root, "examples/upload/page");
const styles = [
  join(uploadPage, "base.css"),
  join(uploadPage, "raw.css"),
  join(here, "inspector.css"),
];

/** The place where the upload server expects the inspector. */
export const servedInspector: string = join(uploadPage, "inspector.html");

/** Returns the page with its styles, its script and the library. */
export async function inspectorPage(): Promise<string> {
  const code = await script();
  const css = (await Promise.all(styles.map((path) => readFile(path, "utf8"))))
    .join("\n");
  // Only the script with this hash runs, and it cannot send anything anywhere.
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(code)}'`,
    `style-src '${hashOf(css)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const look = await readFile(join(uploadPage, "index.html"), "utf8");
  const fill: Record<string, string> = {
    policy: `<meta http-equiv="content-security-policy" content="${policy}">`,
    icon: find(look, /<link\s+rel="icon"[^>]*>/),
    styles: `<style>${css}</style>`,
    river: find(look, /<svg class="river"[^]*?<\/svg>/),
    script: `<script type="module">${code}</script>`,
  };
  const page = await readFile(join(here, "index.html"), "utf8");
  return page.replace(
    /<!-- (\w+) -->/g,
    (comment, name) => fill[name] ?? comment,
  );
}

/** Returns the inspector's code and the library's, as one module. */
async function script(): Promise<string> {
  const { outputFiles: [bundle] } = await build({
    absWorkingDir: root,
    entryPoints: [join(here, "inspector.js")],
    alias: { "@tributary/multipart": join(root, "mod.ts") },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    tsconfigRaw: {},
    write: false,
    logLevel: "silent",
  });
  // A script element ends at the first such text, whatever it means in
  // JavaScript.
  return (bundle?.text ?? "").replaceAll("</script", "<\\/script");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** Finds something that this page shares with the demonstration's. */
function find(page: string, what: RegExp): string {
  const [found] = what.exec(page) ?? [];
  if (found === undefined) throw new Error(`Cannot find ${what} in index.html`);
  return found;
}

/**
 * Writes the page unless it is up to date. It replaces the file in one step, so
 * that no server sends an incomplete page.
 */
export async function writeInspector(path: string): Promise<void> {
  const page = await inspectorPage();
  const old = await readFile(path, "utf8").catch(() => undefined);
  if (page === old) return;
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}`;
  await writeFile(partial, page);
  await rename(partial, path);
}

if (import.meta.main) {
  const [, , chosen] = process.argv;
  const paths = chosen === undefined
    ? [join(root, "site/inspector.html"), servedInspector]
    : [resolve(chosen)];
  for (const path of paths) {
    await writeInspector(path);
    console.log(`Made ${relative(process.cwd(), path)}`);
  }
}
