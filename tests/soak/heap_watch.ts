import process from "node:process";
import { collectGarbage, ownHeap } from "./own_state.ts";

/** The memory of a process during a task, in bytes. */
export interface WatchedHeap {
  /** The heap before, after garbage collection. */
  readonly idle: number;
  /** The largest heap, including garbage. */
  readonly most: number;
  /** The largest heap directly after garbage collections. */
  readonly mostLive: number;
  /** The heap afterwards, after garbage collection. */
  readonly after: number;
  /** The process's resident memory before, and its largest. */
  readonly residentBefore: number;
  readonly residentMost: number;
}

const LOOK_EVERY = 1024 * 1024;
/** The share of the bytes before the first forced garbage collection. */
const UNDISTURBED = 3 / 4;
/** The number of forced collections after that. */
const COLLECTIONS = 16;

/**
 * Watches the heap while bytes pass. At first it does not collect garbage, so
 * that uncollected garbage shows too. Then it collects, and measures what is
 * left.
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

  /** @param bytes The number of bytes that will pass. */
  static async start(bytes: number): Promise<HeapWatch> {
    await collectGarbage();
    return new HeapWatch(bytes);
  }

  /**
   * Measures, if enough bytes have passed.
   *
   * @param position The number of bytes that have passed.
   * @returns A promise to wait for, if there is one.
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
