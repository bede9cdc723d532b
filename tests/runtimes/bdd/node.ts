import process from "node:process";
import { test } from "node:test";
import { createBdd } from "./bdd.ts";

// node:test only remarks on a rejection that comes after its test has ended.
process.on("unhandledRejection", () => {
  process.exitCode = 1;
});

export const { describe, it, beforeEach, afterEach } = createBdd(
  (name, fn) => void test(name, fn),
);
