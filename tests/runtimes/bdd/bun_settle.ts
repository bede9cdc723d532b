import { afterAll } from "bun:test";

/**
 * Bun ends with its last test; a rejection behind it needs time to show. Several
 * turns, because a busy machine fires two timers that are due in the same turn.
 */
const settleTime = 50;
const settleTurns = 4;

afterAll(async () => {
  for (let turn = 0; turn < settleTurns; turn++) {
    await new Promise((resolve) => setTimeout(resolve, settleTime));
  }
});
