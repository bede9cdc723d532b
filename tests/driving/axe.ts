/** What axe finds wrong on a page. */
import { assert } from "@std/assert";
import type { AxeResults } from "axe-core";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { DrivenPage } from "./webkit_page.ts";

const path = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const axe = await readFile(path, "utf8");

/** The rules that a page breaks, each with an element that does. */
export async function axeViolations(page: DrivenPage): Promise<string[]> {
  // The page's policy lets no foreign script in; the driver may bring one.
  await page.evaluate(`(() => { ${axe} })()`);
  const { violations, passes } = await page.evaluate(
    "axe.run()",
  ) as AxeResults;
  assert(passes.length > 15, `Only ${passes.length} rules applied`);
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
