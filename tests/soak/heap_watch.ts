import process from "node:process";
import { collectGarbage, ownHeap } from "./own_state.ts";

/** How a process's memory was while something went on, in bytes. */
export interface WatchedHeap {
  /** What the heap held before, without garbage. */
  readonly idle: number;
  /** The most that it held, garbage included. */
  readonly most: number;
  /** The most that it held where garbage had just been collected. */
  readonly mostLive: number;
  /** What it holds afterwards, without garbage. */
  readonly after: number;
  /** What the process had in memory before, and at most. */
  readonly residentBefore: number;
  readonly residentMost: number;
}

const LOOK_EVERY = 1024 * 1024;
/** The share of the bytes that go by before garbage is collected at all. */
const UNDISTURBED = 3 / 4;
/** How often it is from then on. */
const COLLECTIONS = 16;

/**
 * Looks at the heap as bytes go by: at first undisturbed, so that what lies
 * about until the runtime collects it shows too, and then at what is left when
 * garbage is collected.
 */
export class HeapWatch {
  readonly #idle = ownHeap();
  readonly #residentBefore = process.memoryUsage.rss();
  readonly #collectEvery: number;
  #most = 0;
  #mostLive = 0;
  #residentMost = 0;
  #looked = 0;
  #collected: number;

  private constructor(bytes: number) {
    this.#collected = bytes * UNDISTURBED;
    this.#collectEvery = bytes * (1 - UNDISTURBED) / COLLECTIONS;
  }

  /** @param bytes How many are to go by. */
  static async start(bytes: number): Promise<HeapWatch> {
    await collectGarbage();
    return new HeapWatch(bytes);
  }

  /**
   * Looks, if it is time to.
   *
   * @param position Bytes that have gone by.
   * @returns What has to be waited for, if anything.
   */
  look(position: number): Promise<void> | undefined {
    if (position < this.#looked + LOOK_EVERY) return undefined;
    this.#looked = position;
    this.#most = Math.max(this.#most, ownHeap());
    this.#residentMost = Math.max(
      this.#residentMost,
      process.memoryUsage.rss(),
    );
    if (position < this.#collected + this.#collectEvery) return undefined;
    this.#collected = position;
    return this.#lookAtLive();
  }

  async end(): Promise<WatchedHeap> {
    await this.#lookAtLive();
    return {
      idle: this.#idle,
      most: this.#most,
      mostLive: this.#mostLive,
      after: ownHeap(),
      residentBefore: this.#residentBefore,
      residentMost: this.#residentMost,
    };
  }

  async #lookAtLive(): Promise<void> {
    await collectGarbage();
    this.#mostLive = Math.max(this.#mostLive, ownHeap());
  }
}
