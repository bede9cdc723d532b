// Shows how much the server has received, and its memory.
import { formatBytes } from "./format.js";

const PAUSE_MS = 1000;

const byId = (id) => document.getElementById(id);
let most = 0;

/** Shows both, side by side, while the page is visible. */
export async function startVitals() {
  for (;;) {
    if (!document.hidden) await ask();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function ask() {
  try {
    const { received, memory } = await (await fetch("vitals")).json();
    byId("received").textContent = formatBytes(received);
    // A Worker does not report its memory.
    byId("memory-gauge").hidden = memory === null;
    if (memory === null) return;
    most = Math.max(most, memory);
    byId("memory").textContent = formatBytes(memory);
    byId("memory").title = `${
      formatBytes(most)
    } at most, while this page looked`;
  } catch {
    // The live picture reports that the server is unreachable.
  }
}
