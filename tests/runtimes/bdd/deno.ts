import { createBdd } from "./bdd.ts";

export const { describe, it, beforeEach, afterEach } = createBdd(
  (name, fn) =>
    Deno.test({
      name,
      fn,
      sanitizeExit: true,
      sanitizeOps: true,
      sanitizeResources: true,
    }),
);
