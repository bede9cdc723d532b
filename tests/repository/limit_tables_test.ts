/** Proves that the tables of limits and errors agree with the library. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError, type MultipartErrorCode } from "@tributary/multipart";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resolveLimits } from "../../wire/limits.ts";
import { root } from "../runtimes/names.ts";

const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Returns the cells of the rows under a heading that begin with code. */
function rowsOf(document: string, heading: string): string[][] {
  const [, section = ""] = read(document).split(`\n## ${heading}\n`);
  return [...section.split("\n## ", 1)[0].matchAll(/^\| `\S+` .*$/gm)]
    .map(([line]) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

const unquote = (cell = "") => cell.replaceAll("`", "");

/**
 * Returns the number that a cell begins with: "none", "1,000", "16 KiB a part".
 */
function numberIn(cell = ""): number {
  if (cell.startsWith("none")) return Infinity;
  const [, digits = "", unit = ""] = /^([\d,]+) ?(KiB|MiB)?/.exec(cell) ?? [];
  const factor = unit === "KiB" ? 2 ** 10 : unit === "MiB" ? 2 ** 20 : 1;
  return Number(digits.replaceAll(",", "")) * factor;
}

/** Returns every code in the sources. */
function knownCodes(): MultipartErrorCode[] {
  const [type = ""] = /type MultipartErrorCode =[^;]*;/.exec(
    read("wire/errors.ts"),
  ) ?? [];
  return [...type.matchAll(/"([a-z-]+)"/g)]
    .map(([, code = ""]) => code as MultipartErrorCode);
}

describe("the tables of limits", () => {
  for (const document of ["docs/limits_and_errors.md", "SECURITY.md"]) {
    it(`in ${document} name every limit, with its default`, () => {
      const stated = rowsOf(document, "Limits")
        .map(([name, value]) => [unquote(name), numberIn(value)]);
      assertEquals(Object.fromEntries(stated), { ...resolveLimits() });
    });
  }
});

describe("the tables of errors", () => {
  const limits = rowsOf("docs/limits_and_errors.md", "Limits")
    .map(([, , code, status]) => [unquote(code), Number(status)] as const);
  const others = rowsOf("docs/limits_and_errors.md", "Errors")
    .map(([code, status]) => [unquote(code), Number(status)] as const);

  it("name every code, with its status", () => {
    const codes = knownCodes();
    assert(codes.length > 10);
    const expected = codes.map((code) => [
      code,
      new MultipartError(code, "").status,
    ]);
    assertEquals(
      Object.fromEntries([...limits, ...others]),
      Object.fromEntries(expected),
    );
  });

  it("name no code twice that is of no limit", () => {
    const all = others.map(([code]) => code);
    const ofLimits = limits.map(([code]) => code);
    assertEquals([...new Set(all)], all);
    assertEquals(all.filter((code) => ofLimits.includes(code)), []);
  });
});
