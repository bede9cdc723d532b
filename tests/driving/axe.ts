/** Checks a page with axe. */
import { assert } from "@std/assert";
import type { AxeResults } from "axe-core";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { DrivenPage } from "./webkit_page.ts";

const path = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const axe = await readFile(path, "utf8");

/**
 * Returns the rules that a page breaks, each with an element that breaks it.
 */
export async function axeViolations(page: DrivenPage): Promise<string[]> {
  // The page's policy blocks foreign scripts, but the driver may run one.
  await page.evaluate(`(() => { ${axe} })()`);
  const { violations, passes } = await page.evaluate(
    "axe.run()",
  ) as AxeResults;
  assert(passes.length > 15, `Only ${passes.length} rules applied`);
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
