import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { seededRandom } from "./random.ts";
import { checkTrees, grow, ways } from "./trees.ts";

/**
 * The number of trees in one run. `bench/round_trips.ts` takes its number as an
 * argument.
 */
const TREES = 1000;

describe("MultipartWriter and MultipartReader", () => {
  it(`agree on ${TREES} random trees, and on their size`, async () => {
    await checkTrees(TREES, 2026);
  });

  it("a repeatable tree gives the same bytes in every way", async () => {
    const random = seededRandom(7578);
    for (let round = 0; round < TREES / 20; round++) {
      const { writer } = grow(random, false);
      assert(writer.repeatable);
      const [first, ...others] = await Promise.all(
        ways.map((way) => way(writer)),
      );
      for (const other of others) assertEquals(other, first);
    }
  });
});
