import QUnit from "qunit";
import { createBdd } from "./bdd.ts";

export const { describe, it, beforeEach, afterEach } = createBdd(
  (name, fn) =>
    QUnit.test(name, async (assert) => {
      try {
        await fn();
        // QUnit counts its own assertions only, and fails a test without any.
        assert.pushResult({ result: true, message: "" });
      } catch (error) {
        // QUnit would shorten the stack.
        assert.pushResult({ result: false, message: describeError(error) });
      }
    }),
);

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  // V8's stack begins with the message; another engine's may not.
  const stack = error.stack ?? "";
  return stack.includes(error.message) ? stack : `${error}\n${stack}`;
}
