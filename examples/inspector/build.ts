/**
 * Makes the inspector as one page that can be hosted anywhere, or opened from a
 * disk: `node examples/inspector/build.ts [file]`.
 */
import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const styles = [
  "../upload/page/base.css",
  "../upload/page/raw.css",
  "inspector.css",
];

/** The page, with its styles, its script and the library in it. */
export async function inspectorPage(): Promise<string> {
  const { outputFiles: [script] } = await build({
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
  const css = await Promise.all(
    styles.map((path) => readFile(join(here, path), "utf8")),
  );
  // A script ends at the first such text, whatever it means in JavaScript.
  const code = (script?.text ?? "").replaceAll("</script", "<\\/script");
  const page = await readFile(join(here, "index.html"), "utf8");
  return page
    .replace("<!-- styles -->", () => `<style>\n${css.join("\n")}</style>`)
    .replace(
      "<!-- script -->",
      () => `<script type="module">${code}</script>`,
    );
}

if (import.meta.main) {
  const path = resolve(process.argv[2] ?? join(root, "site/inspector.html"));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await inspectorPage());
  console.log(`Made ${path}`);
}
