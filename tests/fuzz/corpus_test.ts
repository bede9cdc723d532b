/**
 * Inputs to test in every run besides the random ones: those that together
 * cover most of the code, as the guided fuzzer found them, and those that once
 * failed.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { latin1 } from "../bytes.ts";
import corpus from "./guided/corpus.json" with { type: "json" };
import { targets } from "./guided/targets.ts";

describe("the guided fuzzer's corpus", () => {
  for (const [target, inputs] of Object.entries(corpus)) {
    it(`holds for ${target}`, () => {
      for (const text of inputs) targets[target](latin1(text));
    });
  }

  it("is for all targets", () => {
    assertEquals(Object.keys(corpus), Object.keys(targets));
  });
});
