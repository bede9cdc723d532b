import { decodeUtf8 } from "../../wire/bytes.ts";

const UTF_8 = "utf-8";
const MARK = "\ufeff";

/** A charset that this runtime knows. */
export class Charset {
  readonly #label: string;
  /** Whether a U+FEFF at the start is no text. */
  readonly #dropsMark: boolean;

  private constructor(label: string, dropsMark: boolean) {
    this.#label = label;
    this.#dropsMark = dropsMark;
  }

  /**
   * Looks a charset up.
   *
   * @param label A label of the Encoding Standard.
   * @param keepsMark Whether a U+FEFF at the start stays.
   * @throws {RangeError} If this runtime has no decoder of that name.
   */
  static of(label: string, keepsMark: boolean): Charset {
    // Nearly all text is UTF-8, and making a decoder takes 1 µs on Node 24.
    if (label === UTF_8) {
      return new Charset(UTF_8, !keepsMark);
    }
    const { encoding } = new TextDecoder(label);
    return new Charset(label, !keepsMark && encoding.startsWith("utf-"));
  }

  /** A decoder for text that comes in pieces; it keeps the mark. */
  decoder(): TextDecoder {
    return new TextDecoder(this.#label, { ignoreBOM: true });
  }

  /** Reads `bytes`, which are the whole text. */
  decode(bytes: Uint8Array): string {
    return this.dropMark(
      this.#label === UTF_8 ? decodeUtf8(bytes) : this.decoder().decode(bytes),
    );
  }

  /**
   * A text without the mark at its start, if that is none of it. A decoder that
   * is to do this drops one in the middle of the text too on Deno 2.9, where it
   * begins a piece.
   */
  dropMark(text: string): string {
    return this.#dropsMark && text.startsWith(MARK) ? text.slice(1) : text;
  }
}
