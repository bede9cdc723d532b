import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError } from "@tributary/multipart";
import { checkBoundary, randomBoundary } from "../../wire/boundary.ts";

describe("checkBoundary()", () => {
  it("takes 1 to 70 characters of any but the controls", () => {
    for (
      const boundary of [
        "b",
        "b".repeat(70),
        "'()+_,-./:=?",
        "a;b",
        "a b",
        "bé",
      ]
    ) {
      assertEquals(checkBoundary(boundary), boundary);
    }
  });

  it("refuses the rest, and says why", () => {
    for (
      const [boundary, state] of [
        ["", "it is empty"],
        ["b".repeat(71), "it has 71 characters, and 70 are allowed"],
        ["b ", "it ends in a space"],
        ["a\rb", "it holds a control character"],
        ["a\nb", "it holds a control character"],
        ["\0", "it holds a control character"],
        ["\u001f", "it holds a control character"],
        ["\u007f", "it holds a control character"],
      ]
    ) {
      const error = assertThrows(
        () => checkBoundary(boundary),
        MultipartError,
        `": ${state}`,
      );
      assertEquals(error.code, "invalid-boundary");
      assertEquals(error.status, 400);
    }
  });
});

describe("randomBoundary()", () => {
  it("needs no quotes, is what a boundary may be, and comes once", () => {
    const seen = new Set<string>();
    for (let round = 0; round < 10_000; round++) {
      const boundary = randomBoundary();
      assertMatch(boundary, /^-[0-9A-Za-z]{26}$/);
      seen.add(checkBoundary(boundary));
    }
    assertEquals(seen.size, 10_000);
  });

  it("uses every character about equally", () => {
    const counts = new Map<string, number>();
    for (let round = 0; round < 5000; round++) {
      for (const character of randomBoundary().slice(1)) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    assertEquals(counts.size, 62);
    const expected = 26 * 5000 / 62;
    for (const count of counts.values()) {
      // Seven standard deviations: this fails once in billions of runs.
      assert(Math.abs(count - expected) < 7 * Math.sqrt(expected));
    }
  });
});
