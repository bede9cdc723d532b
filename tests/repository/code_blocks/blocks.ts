/** The code blocks of the documents. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../runtimes/names.ts";

export interface Block {
  /** The document and the heading, such as "README.md > Writing". */
  place: string;
  /** The last heading of the second level, which may be the same. */
  section: string;
  language: string;
  text: string;
}

function blocksOf(document: string): Block[] {
  const text = readFileSync(join(root, document), "utf8");
  let heading = "";
  let section = "";
  const pattern =
    /^(?<level>#+) (?<title>.*)$|^```(?<language>.*)\n(?<code>[^]*?)^```$/gm;
  return [...text.replaceAll("\r\n", "\n").matchAll(pattern)].flatMap(
    ({ groups: { level, title, language = "", code = "" } = {} }) => {
      if (title !== undefined) heading = title;
      if (title !== undefined && level === "##") section = title;
      const place = `${document} > ${heading}`;
      return title === undefined
        ? [{ place, section, language, text: code }]
        : [];
    },
  );
}

/**
 * All documents whose code is run. The commands in CONTRIBUTING.md take too
 * long.
 */
const documents = globSync("{README,SECURITY,docs/*}.md", { cwd: root })
  .map((path) => path.replaceAll("\\", "/")).sort();

export const blocks: readonly Block[] = documents.flatMap(blocksOf);

/** Whole programs for particular runtimes: see quick_start_test.ts. */
export const quickStarts: readonly Block[] = blocks.filter(
  ({ place, section, language }) =>
    section === "Quick start" ||
    (place.startsWith("docs/quick_starts.md > ") && language !== "sh"),
);

/** Programs for several runtimes and clients: see sending_test.ts. */
export const sendingPrograms: readonly Block[] = blocks.filter(
  ({ place }) => place.startsWith("docs/sending.md > "),
);

/** Excerpts of the examples, which frameworks_test.ts runs. */
export const frameworkExcerpts: readonly Block[] = blocks.filter(
  ({ place }) => place.startsWith("docs/frameworks.md > "),
);

/** The blocks that other tests run. */
export const ranElsewhere: readonly Block[] = [
  ...quickStarts,
  ...sendingPrograms,
  ...frameworkExcerpts,
];
