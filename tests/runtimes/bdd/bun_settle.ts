import { afterAll } from "bun:test";

/**
 * Bun exits after its last test, and a late rejection needs time to show. It
 * waits several turns, because a busy machine fires two timers in the turn in
 * which both are due.
 */
const settleTime = 50;
const settleTurns = 4;

afterAll(async () => {
  for (let turn = 0; turn < settleTurns; turn++) {
    await new Promise((resolve) => setTimeout(resolve, settleTime));
  }
});
