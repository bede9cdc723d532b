/**
 * Replaces `@std/testing/bdd` in the bundle: it stores the tests, and runs a
 * test each time it is requested.
 */
import { createBdd, type TestFunction } from "../runtimes/bdd/bdd.ts";

interface RegisteredTest {
  readonly name: string;
  readonly run: TestFunction;
}

export const tests: RegisteredTest[] = [];

export const { describe, it, beforeEach, afterEach } = createBdd(
  (name, run) => void tests.push({ name, run }),
);
