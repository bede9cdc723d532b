/** Proves that each public name and each of its members has a description. */
import { assert, assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { execute, installed } from "../runtimes/processes.ts";

interface Documented {
  name?: string;
  jsDoc?: { doc?: string };
}

interface Definition {
  properties?: Documented[];
  methods?: (Documented & { accessibility?: string })[];
  constructors?: Documented[];
}

interface Documentation {
  nodes: Record<string, {
    symbols: {
      name: string;
      declarations: (Documented & { def?: Definition })[];
    }[];
  }>;
}

/** Whether a text is a description. A link alone is not. */
function isSummary(doc = ""): boolean {
  const [summary = ""] = doc.replaceAll(/\{@link\w* [^}]*\}/g, "")
    .split(/\n\n/);
  return !/^\W*((see|as|the same as|as above)\W*)?$/i.test(summary) &&
    !/^(as above|see\b|as\s*[,.])/i.test(summary);
}

/** Returns the names without a description. */
async function lacking(): Promise<string[]> {
  const { exitCode, output } = await execute(installed("deno") ?? "deno", [
    "doc",
    "--json",
    "mod.ts",
    "storage/disk.ts",
  ]);
  assertEquals(exitCode, 0, output);
  const { nodes }: Documentation = JSON.parse(
    output.slice(output.indexOf("{")),
  );
  let count = 0;
  const found: string[] = [];
  const check = (name: string, doc: string | undefined) => {
    count++;
    if (!isSummary(doc)) found.push(`${name}: ${doc?.trim() ?? ""}`);
  };
  for (const { name, declarations } of Object.values(nodes).flatMap(symbols)) {
    const [first, ...overloads] = declarations;
    check(name, first?.jsDoc?.doc);
    // The last overload is the implementation, which callers do not see.
    for (const { jsDoc } of overloads.slice(0, -1)) check(name, jsDoc?.doc);
    for (
      const { def: { properties, methods, constructors } = {} } of declarations
    ) {
      for (
        const member of [
          ...properties ?? [],
          ...methods ?? [],
          ...constructors ?? [],
        ]
      ) check(`${name}.${member.name}`, member.jsDoc?.doc);
    }
  }
  assert(count > 200, `${count} names were found`);
  return found;
}

function symbols({ symbols }: Documentation["nodes"][string]) {
  return symbols;
}

it("every public name and member has a summary of its own", async () => {
  assertEquals(await lacking(), []);
});

it("a part's filename warns that it is not a path", async () => {
  const { output } = await execute(installed("deno") ?? "deno", [
    "doc",
    "--filter",
    "PartReader.filename",
    "mod.ts",
  ]);
  assert(output.includes("Do not use it as a path"), output);
  assert(output.includes("sanitizeFilename"), output);
});
