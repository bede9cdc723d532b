import QUnit from "qunit";
import { createBdd } from "./bdd.ts";

export const { describe, it, beforeEach, afterEach } = createBdd(
  (name, fn) =>
    QUnit.test(name, async (assert) => {
      try {
        await fn();
        // QUnit counts only its own assertions, and fails a test that has none.
        assert.pushResult({ result: true, message: "" });
      } catch (error) {
        // Passed to QUnit as an exception, the stack would be shortened.
        assert.pushResult({ result: false, message: describeError(error) });
      }
    }),
);

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  // V8's stack begins with the message. Other engines' stacks may not.
  const stack = error.stack ?? "";
  return stack.includes(error.message) ? stack : `${error}\n${stack}`;
}
