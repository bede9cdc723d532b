/**
 * Writes down the public API, so that a change to it shows in a diff:
 *
 *     node scripts/api_report.ts [--check]
 *
 * The report is `api/report.md`: every exported name with its declaration, as
 * TypeScript users get it, without the documentation. With `--check` nothing is
 * written, and a report that is out of date is an error.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import ts from "typescript";
import { execute, installed } from "../tests/runtimes/processes.ts";
import { compileDeclarations, entries, root } from "./compile.ts";

const path = join(root, "api", "report.md");

const head = `# Public API

Made by \`npm run api\`: every exported name with its declaration. A change that
shows here is a change for users, and wants a line in the CHANGELOG.
`;

/** The compiled declarations, as a program that can be asked about them. */
function readDeclarations(): ts.Program {
  const files = new Map(
    [...compileDeclarations({ noCheck: true })].map((
      [name, text],
    ) => [join(root, name), text]),
  );
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  const inFiles = (name: string) => files.get(join(name));
  host.fileExists = (name) =>
    inFiles(name) !== undefined || !isSource(name) && fileExists(name);
  host.readFile = (name) => inFiles(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = inFiles(name);
    return text === undefined
      ? getSourceFile(name, version, ...rest)
      : ts.createSourceFile(name, text, version, true);
  };
  const names = Object.values(entries).map((entry) =>
    join(root, `${entry}.d.ts`)
  );
  return ts.createProgram(names, options, host);
}

/** Whether a file is the library's own source, which its declarations replace. */
function isSource(name: string): boolean {
  return !name.includes("node_modules") && /(?<![.]d)[.]ts$/.test(name);
}

/** The exports of one entry, by their names. */
function exportsOf(program: ts.Program, entry: string): Map<string, string> {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(join(root, `${entry}.d.ts`));
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error(`Cannot read ${entry}: it exports nothing`);
  const found = checker.getExportsOfModule(module).map((symbol) => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    const isType = symbol.declarations?.some(ts.isTypeOnlyExportDeclaration);
    const texts = target.declarations?.map((node) => print(node)) ?? [];
    if (texts.length === 0) throw new Error(`Cannot find ${symbol.name}`);
    const text = texts.join("\n");
    // Of what is exported as a type alone nobody has the class.
    const shown = isType
      ? text.replaceAll(/^ *(constructor\(|static ).*\n/gm, "")
      : text;
    return [symbol.name, shown] as const;
  });
  return new Map(found.toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** A declaration without comments, private members and how it is exported. */
function print(declaration: ts.Declaration): string {
  const node = ts.isVariableDeclaration(declaration)
    ? declaration.parent.parent
    : declaration;
  return ts.createPrinter({ removeComments: true })
    .printNode(ts.EmitHint.Unspecified, node, node.getSourceFile())
    .replaceAll(/^ *(#private|private .*);\n/gm, "")
    .replaceAll(/^export (declare )?/gm, "");
}

/** The whole report. */
function report(): string {
  const program = readDeclarations();
  const listed = new Map<string, string>();
  const sections: string[] = [];
  // The halves first: the whole is then a list of names.
  for (
    const entry of ["./reader", "./form", "./disk", "./writer", "."] as const
  ) {
    const name = join("@tributary/multipart", entry).replaceAll("\\", "/");
    const declarations = exportsOf(program, entries[entry]);
    const own = [...declarations].filter(([name]) => !listed.has(name));
    const shared = [...declarations.keys()].filter((name) => listed.has(name));
    sections.push(`## \`${name}\`\n`);
    for (const export_ of shared) {
      sections.push(`- \`${export_}\`, of \`${listed.get(export_)}\``);
    }
    for (const [export_, text] of own) {
      sections.push(`\n### \`${export_}\`\n\n\`\`\`ts\n${text}\n\`\`\``);
    }
    sections.push("");
    for (const [export_] of own) listed.set(export_, name);
  }
  return `${head}\n${sections.join("\n").trimEnd()}\n`;
}

/** Lays a text out as the gate wants it. */
async function format(text: string): Promise<string> {
  const deno = installed("deno");
  if (!deno) throw new Error("Cannot format: Deno is missing, run npm install");
  const folder = await mkdtemp(join(tmpdir(), "tributary-api-"));
  try {
    const file = join(folder, "report.md");
    await writeFile(file, text);
    const { exitCode, output } = await execute(deno, ["fmt", file]);
    if (exitCode !== 0) throw new Error(output);
    return await readFile(file, "utf8");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const text = await format(report());
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
