import type { SharedFrame } from "./shared_frame.ts";

/** What all clients of a broadcast look at. */
export interface Broadcasting {
  /** The newest frame, and the only one that is kept. */
  latest: SharedFrame | undefined;
  /** Whether there will be no other. */
  isClosed: boolean;
  /** What goes out before the first frame, if anything does. */
  readonly opening: Uint8Array | undefined;
  /** What goes out behind the last frame. */
  readonly closing: Uint8Array;
}

/**
 * One client of a broadcast. It holds no frame: when its body is asked for more
 * it takes the newest, or waits for one that it has not had.
 */
export class FrameClient {
  /** What the client reads. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #broadcasting: Readonly<Broadcasting>;
  readonly #leave: (client: FrameClient) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.fail(this.#signal?.reason);
  #output: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** The number of the last frame that it took. */
  #seen = 0;
  #isOpened = false;
  #isAsking = false;
  /** Whether a Blob is being read for it. */
  #isBusy = false;
  #isOver = false;

  /**
   * Makes a client that has had no frame.
   *
   * @param leave Called once, when it ends, fails or goes away: never before
   * this has returned.
   * @param signal Drops it when aborted; it is not yet.
   */
  constructor(
    broadcasting: Readonly<Broadcasting>,
    leave: (client: FrameClient) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#broadcasting = broadcasting;
    this.#leave = leave;
    this.#signal = signal;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#output = controller;
      },
      pull: () => {
        this.#isAsking = true;
        this.update();
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Gives what there is to give, if it has been asked. */
  update(): void {
    if (!this.#isAsking || this.#isBusy || this.#isOver) return;
    const { latest, isClosed, opening, closing } = this.#broadcasting;
    if (!this.#isOpened && opening !== undefined) {
      this.#isOpened = true;
      this.#give(opening);
    } else if (latest !== undefined && latest.number !== this.#seen) {
      this.#seen = latest.number;
      const { block } = latest;
      if (block instanceof Uint8Array) this.#give(block);
      else this.#giveLater(block);
    } else if (isClosed) {
      this.#end();
      this.#give(closing);
      this.#output?.close();
    }
  }

  /** Breaks the connection. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#output?.error(reason);
  }

  #give(bytes: Uint8Array): void {
    // First, since the stream may ask for more while it takes this.
    this.#isAsking = false;
    this.#output?.enqueue(bytes);
  }

  #giveLater(reading: Promise<Uint8Array>): void {
    this.#isBusy = true;
    reading.then((bytes) => {
      this.#isBusy = false;
      if (!this.#isOver) this.#give(bytes);
    }, (error) => this.fail(error));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#leave(this);
  }
}
