import { formatBytes, formatTime } from "./format.js";

// Long enough to be steady, short enough to notice when a train leaves a
// tunnel.
const WINDOW_MS = 4000;

/** The speed of something, in bytes or frames, from its recent progress. */
export class Pace {
  #samples = [];
  #windowMs;

  constructor(windowMs = WINDOW_MS) {
    this.#windowMs = windowMs;
  }

  /** Records the current progress. */
  add(loaded, now = performance.now()) {
    this.#samples.push({ loaded, now });
    while (
      now - this.#samples[0].now > this.#windowMs && this.#samples.length > 2
    ) {
      this.#samples.shift();
    }
  }

  /** The speed per second, or `undefined` while it is too early to tell. */
  get speed() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last.now - first.now < 400) return undefined;
    return 1000 * (last.loaded - first.loaded) / (last.now - first.now);
  }

  /** Returns "12 MB/s, 8 s left", or nothing while it is too early to tell. */
  describe(total) {
    const { speed } = this;
    if (!speed) return "";
    const left = (total - this.#samples.at(-1).loaded) / speed;
    return `${formatBytes(speed)}/s, ${formatTime(left)} left`;
  }
}
