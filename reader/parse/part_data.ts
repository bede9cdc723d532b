import { EMPTY } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import type { MultipartEvent } from "./events.ts";

/**
 * The data of the open part on its way out: counted and bounded.
 */
export class PartData {
  readonly #partBytes: number;
  #index = 0;
  /** One for all, so that data costs nothing but its view. */
  readonly #event: { type: "data"; data: Uint8Array } = {
    type: "data",
    data: EMPTY,
  };

  /** Bytes of the input before the part's body. */
  offset = 0;
  /** Bytes of the body that were given out. */
  length = 0;
  /** Whether there was more than may be given out: the error comes next. */
  isOver = false;

  /** @param partBytes What a part's body may have. */
  constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  /** Begins a part, whose body stands at `offset` in the input. */
  begin(index: number, offset: number): void {
    this.#index = index;
    this.offset = offset;
    this.length = 0;
  }

  /** Gives out data, as much as the part may have. */
  give(bytes: Uint8Array): MultipartEvent {
    // What fits is given out, and only then the error: so that the bytes that
    // come before it do not depend on the chunks.
    const room = this.#partBytes - this.length;
    if (bytes.length > room) {
      if (room === 0) throw this.tooLarge();
      this.isOver = true;
      bytes = bytes.subarray(0, room);
    }
    this.length += bytes.length;
    this.#event.data = bytes;
    return this.#event;
  }

  /** Counts bytes that are discarded behind the part as its own. */
  skip(bytes: number): void {
    this.length += bytes;
    if (this.length > this.#partBytes) this.isOver = true;
  }

  /** Makes the error for a part that has more than it may. */
  tooLarge(): MultipartError {
    return new MultipartError(
      "part-too-large",
      `Cannot read part ${this.#index}: its body has more than ${this.#partBytes} bytes`,
      {
        offset: this.offset + this.#partBytes,
        partIndex: this.#index,
        limit: "partBytes",
      },
    );
  }

  /** Releases the chunk that was given out last. */
  release(): void {
    this.#event.data = EMPTY;
  }
}
