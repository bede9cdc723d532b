/** Proves that the names in the documents' migration tables exist. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resolveLimits } from "../../wire/limits.ts";
import { root } from "../runtimes/names.ts";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const report = read("api/report.md");

/** Returns the members of a class in the API report. */
function membersOf(name: string): string[] {
  const [, text = ""] = report.split(`\n### \`${name}\`\n`);
  const [code = ""] = text.split("\n### ", 1);
  return [...code.matchAll(/^ {2}(?:static |get |readonly )?(\w+)[<(:?]/gm)]
    .map(([, member = ""]) => member);
}

/** The documents' names for the objects that have these members. */
const objects: Record<string, string[]> = {
  part: membersOf("PartReader"),
  reader: membersOf("MultipartReader"),
  MultipartReader: membersOf("MultipartReader"),
  MultipartWriter: membersOf("MultipartWriter"),
};

/** The cells of the column "here", in all tables of a document. */
function ownCells(document: string): string[] {
  return read(document).split("\n\n").flatMap((block) => {
    const [head = [], , ...rows] = block.split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
    const column = head.findIndex((cell) =>
      cell === "here" || cell === "`PartReader`"
    );
    return column < 0 ? [] : rows.map((cells) => cells[column] ?? "");
  });
}

describe("coming from another library", () => {
  const cells = ["docs/coming_from.md", "docs/coming_from_aiohttp.md"]
    .flatMap(ownCells);

  it("leads to members that there are", () => {
    const pattern = /\b(part|reader|MultipartReader|MultipartWriter)[.](\w+)/g;
    const named = cells.flatMap((cell) => [...cell.matchAll(pattern)]);
    assert(named.length > 50, `${named.length} members were found`);
    const missing = named.filter(([, object = "", member = ""]) =>
      !objects[object]?.includes(member)
    );
    assertEquals(missing.map(([text]) => text), []);
  });

  it("leads to errors and limits that there are", () => {
    const [codes = ""] = /type MultipartErrorCode =[^;]*;/.exec(report) ?? [];
    const words = cells.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)])
      .map(([, word = ""]) => word);
    const errors = words.filter((word) => /^[a-z]+(-[a-z]+)+$/.test(word));
    assert(errors.length > 10, `${errors.length} errors were found`);
    assertEquals(errors.filter((code) => !codes.includes(`"${code}"`)), []);
    const limits = words.filter((word) => /^[a-z]+Bytes$/.test(word));
    assert(limits.length > 10, `${limits.length} limits were found`);
    const known = [...Object.keys(resolveLimits()), "maxBytes"];
    assertEquals(limits.filter((limit) => !known.includes(limit)), []);
  });
});
