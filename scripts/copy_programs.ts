/**
 * Copies the quick starts into the demonstration, which shows them by runtime:
 * `node scripts/copy_programs.ts`.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./compile.ts";

/** The page that shows them. */
export const programsPage: string = join(
  root,
  "examples/upload/page/index.html",
);

/** Returns the page with the current quick starts. */
export async function withPrograms(): Promise<string> {
  const documents = ["README.md", "docs/quick_starts.md"];
  const [page = "", ...texts] = await Promise.all(
    [programsPage, ...documents.map((path) => join(root, path))]
      .map(async (path) =>
        (await readFile(path, "utf8")).replaceAll("\r\n", "\n")
      ),
  );
  return page.replaceAll(
    /(aria-label="The server on ([^"]+)"><code>)[^]*?(<\/code>)/g,
    (_, open: string, runtime: string, close: string) =>
      open + escapeHtml(programOf(texts.join("\n"), runtime)) + close,
  );
}

/** Returns the first program under the heading of a runtime. */
function programOf(documents: string, runtime: string): string {
  const section = documents.split(/^#+ /m)
    .find((section) => section.startsWith(`${runtime}\n`));
  const [, program] = /^```[jt]s\n([^]*?)^```$/m.exec(section ?? "") ?? [];
  if (!program) throw new Error(`Cannot find the program for ${runtime}`);
  return program;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

if (import.meta.main) await writeFile(programsPage, await withPrograms());
