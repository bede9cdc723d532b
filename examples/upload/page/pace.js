import { formatBytes, formatTime } from "./format.js";

// Long enough to be calm, short enough to notice that a train leaves a tunnel.
const WINDOW_MS = 4000;

/** How fast something goes, by how far it was a moment ago: bytes, or frames. */
export class Pace {
  #samples = [];
  #windowMs;

  constructor(windowMs = WINDOW_MS) {
    this.#windowMs = windowMs;
  }

  /** Notes how far it is now. */
  add(loaded, now = performance.now()) {
    this.#samples.push({ loaded, now });
    while (
      now - this.#samples[0].now > this.#windowMs && this.#samples.length > 2
    ) {
      this.#samples.shift();
    }
  }

  /** So many a second, or `undefined` while it is too early to tell. */
  get speed() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last.now - first.now < 400) return undefined;
    return 1000 * (last.loaded - first.loaded) / (last.now - first.now);
  }

  /** "12 MB/s, 8 s left", or nothing while it is too early to tell. */
  describe(total) {
    const { speed } = this;
    if (!speed) return "";
    const left = (total - this.#samples.at(-1).loaded) / speed;
    return `${formatBytes(speed)}/s, ${formatTime(left)} left`;
  }
}
