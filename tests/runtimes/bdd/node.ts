import process from "node:process";
import { after, test } from "node:test";
import { MissingTool } from "../missing_tool.ts";
import { createBdd } from "./bdd.ts";

/** The first test of a file may have to start servers and browsers. */
const testTimeout = 60_000;

/** How long a file may take after its last test to close what it opened. */
const closingTime = 10_000;

// node:test only warns of a rejection that comes after its test has ended.
process.on("unhandledRejection", () => {
  process.exitCode = 1;
});

// Without this, a server that is left open would hold up all other files.
after(() => {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(", ");
    console.error(`LEFT OPEN after the last test: ${open}`);
    process.exit(1);
  }, closingTime).unref();
});

export const { describe, it, beforeEach, afterEach } = createBdd(
  (name, fn) =>
    void test(name, async (context) => {
      try {
        await fn();
      } catch (error) {
        if (!MissingTool.skips(error)) throw error;
        context.skip(error.message);
      }
    }),
  testTimeout,
);
