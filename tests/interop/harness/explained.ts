/** Checks that differences are documented. */
import { readFile } from "node:fs/promises";

/** Checks that `differences.md` has a row for the case that names the peer. */
export async function assertExplained(id: string, peer: string): Promise<void> {
  const file = new URL("../differences.md", import.meta.url);
  const rows = (await readFile(file, "utf8")).split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const found = rows.some(([, of, peers = ""]) =>
    of === id && peers.split(",").some((one) => isNamed(one, peer))
  );
  if (!found) throw new Error(`differences.md does not explain ${id}: ${peer}`);
}

/**
 * Whether the text names the peer. Brackets after the name say in which of its
 * ways it differs.
 */
function isNamed(text: string, peer: string): boolean {
  return text.replace(/\(.*/, "").trim() === peer;
}
