import { it } from "@std/testing/bdd";
import { assertExplained } from "../harness/explained.ts";
import { deviations } from "../native/deviations.ts";

it("every deviation of a runtime's formData() is explained", async () => {
  for (const [id, known] of Object.entries(deviations)) {
    for (const runtime of known.flatMap(({ of }) => of)) {
      await assertExplained(id, runtime);
    }
  }
});
