import { EMPTY } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import type { MultipartEvent } from "./events.ts";

/** Counts the open part's data as it is emitted, and enforces the limit. */
export class PartData {
  readonly #partBytes: number;
  #index = 0;
  /** One event object for all data, so that only the view is allocated. */
  readonly #event: { type: "data"; data: Uint8Array } = {
    type: "data",
    data: EMPTY,
  };

  /** Bytes of the input before the part's body. */
  offset = 0;
  /** Bytes of the body emitted so far. */
  length = 0;
  /** Whether the body exceeds its limit: the error comes next. */
  isOver = false;

  /** @param partBytes The most bytes that a part's body may have. */
  constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  /** Begins a part whose body starts at `offset` in the input. */
  begin(index: number, offset: number): void {
    this.#index = index;
    this.offset = offset;
    this.length = 0;
  }

  /** Returns the event for `bytes`, cut at the limit. */
  give(bytes: Uint8Array): MultipartEvent {
    // The bytes that fit are emitted before the error, so that they do not
    // depend on how the input is cut.
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

  /** Counts bytes that are discarded after the part as its own. */
  skip(bytes: number): void {
    this.length += bytes;
    if (this.length > this.#partBytes) this.isOver = true;
  }

  /** Creates the error for a part that exceeds its limit. */
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

  /** Releases the last chunk. */
  release(): void {
    this.#event.data = EMPTY;
  }
}
