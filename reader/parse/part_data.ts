import { EMPTY } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import type { MultipartEvent } from "./events.ts";

/**
 * The data of the open part on its way out: counted and bounded.
 */
export class PartData {
  readonly #partBytes: number;
  #index = 0;
  #offset = 0;
  #length = 0;
  #isOver = false;
  /** One for all, so that data costs nothing but its view. */
  readonly #event: { type: "data"; data: Uint8Array } = {
    type: "data",
    data: EMPTY,
  };

  /** @param partBytes What a part's body may have. */
  constructor(partBytes: number) {
    this.#partBytes = partBytes;
  }

  /** Bytes of the input before the part's body. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes of the body that were given out. */
  get length(): number {
    return this.#length;
  }

  /** Begins a part, whose body stands at `offset` in the input. */
  begin(index: number, offset: number): void {
    this.#index = index;
    this.#offset = offset;
    this.#length = 0;
  }

  /** Gives out data, as much as the part may have. */
  give(bytes: Uint8Array): MultipartEvent {
    // What fits is given out, and only then the error: so that the bytes that
    // come before it do not depend on the chunks.
    const room = this.#partBytes - this.#length;
    this.#isOver = bytes.length > room;
    if (room === 0) this.check();
    const given = this.#isOver ? bytes.subarray(0, room) : bytes;
    this.#length += given.length;
    this.#event.data = given;
    return this.#event;
  }

  /** Counts bytes that are discarded behind the part as its own. */
  skip(bytes: number): void {
    this.#length += bytes;
    this.#isOver ||= this.#length > this.#partBytes;
  }

  /** @throws {MultipartError} `part-too-large`, if there was more than may be given out. */
  check(): void {
    if (!this.#isOver) return;
    throw new MultipartError(
      "part-too-large",
      `Cannot read part ${this.#index}: its body has more than ${this.#partBytes} bytes`,
      {
        offset: this.#offset + this.#partBytes,
        partIndex: this.#index,
        limit: "partBytes",
      },
    );
  }
}
