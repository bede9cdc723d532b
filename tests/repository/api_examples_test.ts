/** Proves that the documentation of each public name has an example. */
import { assert, assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { execute, installed } from "../runtimes/processes.ts";

interface Documented {
  name: string;
  declarations: { jsDoc?: { doc?: string; tags?: { kind: string }[] } }[];
}

/** The gate runs the examples: see tests/runtimes/check.ts. */
it("every public name has a description and an example", async () => {
  const { exitCode, output } = await execute(installed("deno") ?? "deno", [
    "doc",
    "--json",
    "mod.ts",
  ]);
  assertEquals(exitCode, 0, output);
  const { nodes } = JSON.parse(output.slice(output.indexOf("{"))) as {
    nodes: Record<string, { symbols: Documented[] }>;
  };
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  assert(symbols.length > 40, `${symbols.length} names were found`);
  const lacking = symbols.filter(({ declarations }) =>
    !declarations.some(({ jsDoc: { doc, tags = [] } = {} }) =>
      doc && tags.some(({ kind }) => kind === "example")
    )
  );
  assertEquals(lacking.map(({ name }) => name), []);
});
