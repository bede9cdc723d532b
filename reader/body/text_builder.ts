import type { Charset } from "./charset.ts";
import type { Sink } from "./collect.ts";

/** Makes the text of chunks one; only the text is held. */
export class TextBuilder implements Sink<string> {
  readonly #charset: Charset;
  /** Made for the second chunk: nearly all text comes in one. */
  #decoder: TextDecoder | undefined;
  #chunk: Uint8Array | undefined;
  #text = "";

  constructor(charset: Charset) {
    this.#charset = charset;
  }

  add(chunk: Uint8Array): void {
    this.settle();
    this.#chunk = chunk;
  }

  settle(): void {
    if (this.#chunk === undefined) return;
    this.#decoder ??= this.#charset.decoder();
    this.#text += this.#decoder.decode(this.#chunk, { stream: true });
    this.#chunk = undefined;
  }

  take(): string {
    if (this.#decoder === undefined) {
      return this.#chunk === undefined ? "" : this.#charset.decode(this.#chunk);
    }
    this.settle();
    return this.#charset.dropMark(this.#text + this.#decoder.decode());
  }
}
