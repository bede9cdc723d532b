import { afterAll } from "bun:test";

/** Bun ends with its last test; a rejection behind it needs time to show. */
const settleTime = 50;

afterAll(() => new Promise((resolve) => setTimeout(resolve, settleTime)));
