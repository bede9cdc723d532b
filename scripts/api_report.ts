/**
 * Writes a report of the public API, so that each change to it shows in a diff:
 *
 *     node scripts/api_report.ts [--check]
 *
 * The report is `api/report.md`. It has the declaration of every exported name,
 * as TypeScript users see it, without the documentation. With `--check` it
 * writes nothing, and fails if the report is out of date.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { execute, installed } from "../tests/runtimes/processes.ts";
import { compileDeclarations, entries, root } from "./compile.ts";

const path = join(root, "api", "report.md");

const head = `# Public API

Made by \`npm run api\`: every exported name with its declaration. A change that
shows here is a change for users, and wants a line in the CHANGELOG.
`;

/** A name that an entry exports, and the source that declares it. */
interface Export {
  readonly name: string;
  /** Its path in the repository. */
  readonly source: string;
}

/** The part of the output of `deno doc --json` that is used here. */
interface Documentation {
  nodes: Record<string, {
    symbols: {
      name: string;
      declarations: { location: { filename: string } }[];
    }[];
  }>;
}

/** Returns the exports of an entry, with their names. */
async function exportsOf(entry: string): Promise<Export[]> {
  const { exitCode, output } = await execute(deno(), [
    "doc",
    "--json",
    `${entry}.ts`,
  ]);
  if (exitCode !== 0) throw new Error(output);
  // Deno prints its downloads before the document.
  const { nodes }: Documentation = JSON.parse(
    output.slice(output.indexOf("{")),
  );
  const exports = Object.values(nodes)
    .flatMap(({ symbols }) => symbols)
    .map(({ name, declarations: [first] }) => {
      if (!first) throw new Error(`Cannot find ${name}`);
      const path = relative(root, fileURLToPath(first.location.filename));
      return { name, source: path.replaceAll("\\", "/") };
    });
  if (exports.length === 0) {
    throw new Error(`Cannot read ${entry}: it exports nothing`);
  }
  return exports.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/** Returns the declaration of an export, as `tsc` writes it. */
function textOf(
  { name, source }: Export,
  files: ReadonlyMap<string, string>,
  isType: boolean,
): string {
  const path = source.replace(/[.]ts$/, ".d.ts");
  const text = declarationsIn(files.get(path) ?? "", name)
    .replaceAll(/^ *(#private|private .*);\n/gm, "")
    .replaceAll(/^export (declare )?/gm, "");
  if (text === "") throw new Error(`Cannot find ${name} in ${path}`);
  // Callers cannot reach the constructor of a class that is exported as a type.
  return isType
    ? text.replaceAll(/^ *(constructor\(|static ).*\n/gm, "")
    : text;
}

/**
 * Returns the declarations of a name in a file that `tsc` wrote. Each begins at
 * the start of a line, and ends with the first line that ends it at the same
 * level.
 */
function declarationsIn(text: string, name: string): string {
  const begins = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:class|const|function|interface|type) ${name}\\b`,
  );
  const found: string[] = [];
  let isInside = false;
  for (const line of text.split("\n")) {
    isInside ||= begins.test(line);
    if (!isInside) continue;
    found.push(line);
    isInside = !/^\S.*;$|^}$|^export .*[;}]$/.test(line);
  }
  return found.join("\n");
}

/** Returns the names that an entry exports only as types. */
async function typesOf(entry: string): Promise<Set<string>> {
  const text = await readFile(join(root, `${entry}.ts`), "utf8");
  const lists = [...text.matchAll(/^export type \{([^}]*)\}/gm)]
    .map(([, names = ""]) => names);
  const single = [...text.matchAll(/\btype (\w+),/g)].map(([, name]) => name);
  return new Set([...lists.join().match(/\w+/g) ?? [], ...single]);
}

/** Returns the whole report. */
async function report(): Promise<string> {
  const files = await compileDeclarations({
    noCheck: true,
    removeComments: true,
  });
  const listed = new Map<string, string>();
  const sections: string[] = [];
  // The two halves come first, so that the whole is a list of names.
  for (
    const entry of ["./reader", "./form", "./disk", "./writer", "."] as const
  ) {
    const name = join("@tributary/multipart", entry).replaceAll("\\", "/");
    const exports = await exportsOf(entries[entry]);
    const types = await typesOf(entries[entry]);
    const own = exports.filter(({ name }) => !listed.has(name));
    const shared = exports.filter(({ name }) => listed.has(name));
    sections.push(`## \`${name}\`\n`);
    for (const export_ of shared) {
      sections.push(
        `- \`${export_.name}\`, of \`${listed.get(export_.name)}\``,
      );
    }
    for (const export_ of own) {
      const text = textOf(export_, files, types.has(export_.name));
      sections.push(
        `\n### \`${export_.name}\`\n\n\`\`\`ts\n${text}\n\`\`\``,
      );
    }
    sections.push("");
    for (const { name: export_ } of own) listed.set(export_, name);
  }
  return `${head}\n${sections.join("\n").trimEnd()}\n`;
}

function deno(): string {
  const path = installed("deno");
  if (!path) throw new Error("Deno is missing: run npm install");
  return path;
}

/** Formats a text as the gate requires. */
async function format(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-api-"));
  try {
    const file = join(folder, "report.md");
    await writeFile(file, text);
    const { exitCode, output } = await execute(deno(), ["fmt", file]);
    if (exitCode !== 0) throw new Error(output);
    return await readFile(file, "utf8");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const text = await format(await report());
if (process.argv.includes("--check")) {
  const stated = await readFile(path, "utf8").catch(() => "");
  if (stated.replaceAll("\r\n", "\n") !== text) {
    console.error(
      "api/report.md is not what the library exports. If the change is meant, " +
        "run npm run api.",
    );
    process.exitCode = 1;
  }
} else {
  await writeFile(path, text);
}
