import { test } from "bun:test";
import { createBdd } from "./bdd.ts";

/** Bun's default of 5 s is less than the limit that all runtimes share. */
const bunTimeout = 60_000;

export const { describe, it, beforeEach, afterEach } = createBdd(
  (name, fn) => test(name, fn, bunTimeout),
);
