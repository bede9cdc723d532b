import { describe, it } from "@std/testing/bdd";
import { allProperties } from "./properties/all.ts";
import { budgetFor } from "./property.ts";

for (const [subject, properties] of Object.entries(allProperties)) {
  describe(`for random input, ${subject}:`, () => {
    for (const property of properties) {
      it(property.name, () => property.check(budgetFor(property.runs)));
    }
  });
}
