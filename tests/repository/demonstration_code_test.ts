/** Proves that the code in the demonstration is the tested code. */
import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { programsPage, withPrograms } from "../../scripts/copy_programs.ts";

it("the demonstration shows the quick starts, by runtime", async () => {
  const page = readFileSync(programsPage, "utf8").replaceAll("\r\n", "\n");
  assertEquals(
    [...page.matchAll(/"The server on ([^"]+)"/g)].map(([, name]) => name),
    ["Deno", "Bun", "Node", "Cloudflare Workers"],
  );
  // If this fails, run node scripts/copy_programs.ts.
  assertEquals(page, await withPrograms());
});
