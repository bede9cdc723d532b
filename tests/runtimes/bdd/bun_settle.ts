import { afterAll } from "bun:test";

/**
 * Bun exits after its last test, and a late rejection needs time to show. One
 * turn is not enough, because a busy machine fires two due timers in the same
 * turn.
 */
const settleTime = 50;
const settleTurns = 4;

afterAll(async () => {
  for (let turn = 0; turn < settleTurns; turn++) {
    await new Promise((resolve) => setTimeout(resolve, settleTime));
  }
});
