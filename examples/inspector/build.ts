/**
 * Makes the inspector as one page that can be hosted anywhere, or opened from a
 * disk: `node examples/inspector/build.ts [file]`. Without a file it makes
 * `site/inspector.html`, and the one that the upload server has at `/inspector`.
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

/** Where the upload server finds the inspector. */
export const servedInspector: string = join(uploadPage, "inspector.html");

/** The page, with its styles, its script and the library in it. */
export async function inspectorPage(): Promise<string> {
  const code = await script();
  const css = (await Promise.all(styles.map((path) => readFile(path, "utf8"))))
    .join("\n");
  // What runs is what is named here, and it can send nothing anywhere.
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

/** The inspector's code and the library's, as one module. */
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
  // A script ends at the first such text, whatever it means in JavaScript.
  return (bundle?.text ?? "").replaceAll("</script", "<\\/script");
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** What this page has in common with the demonstration's. */
function find(page: string, what: RegExp): string {
  const [found] = what.exec(page) ?? [];
  if (found === undefined) throw new Error(`Cannot find ${what} in index.html`);
  return found;
}

/** Writes the page, unless it is there; at once, so that none sends half of it. */
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
