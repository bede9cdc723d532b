/**
 * Stands for `@std/testing/bdd` in the bundle under test: the tests are kept,
 * and run one by one when they are asked for, as often as that may be.
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
