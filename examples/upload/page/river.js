// The river flows as fast as this page sends bytes.
import { formatBytes } from "./format.js";

const TICK_MS = 400;

const drops = document.querySelector(".drops");
const totalText = document.getElementById("total");
const rateText = document.getElementById("rate");

let total = 0;
let before = 0;
let ticking;

/** Counts bytes that this page has sent. */
export function flow(bytes) {
  if (!(bytes > 0)) return;
  total += bytes;
  ticking ??= setInterval(tick, TICK_MS);
}

function tick() {
  const rate = 1000 * (total - before) / TICK_MS;
  before = total;
  totalText.textContent = formatBytes(total);
  rateText.textContent = `${formatBytes(rate)}/s`;
  // A thousand times as many bytes flow about twice as fast.
  const pace = rate > 0 ? 1.5 + Math.log10(1 + rate / 1000) : 1;
  for (const animation of drops.getAnimations({ subtree: true })) {
    animation.updatePlaybackRate(pace);
  }
  if (rate > 0) return;
  clearInterval(ticking);
  ticking = undefined;
}
