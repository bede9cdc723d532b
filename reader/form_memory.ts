import { encodeUtf8 } from "../wire/bytes.ts";
import { excerpt, MultipartError } from "../wire/errors.ts";
import { PartReader } from "./part_reader.ts";

/** Reads the parts of one form into memory, within the form's limit. */
export class FormMemory {
  readonly #bufferedBytes: number;
  #room: number;

  /** @param bufferedBytes The most bytes that the form may hold. */
  constructor(bufferedBytes: number) {
    this.#bufferedBytes = bufferedBytes;
    this.#room = bufferedBytes;
  }

  /**
   * Reads the text of a field; returns a promise only if I/O is needed.
   *
   * @param maxBytes The most bytes that the field may have.
   * @throws {MultipartError} `part-too-large`.
   */
  text(part: PartReader, maxBytes = Infinity): string | Promise<string> {
    const { name = "" } = part;
    this.#count(part, utf8Length(name));
    const bound = Math.min(maxBytes, this.#room);
    const text = PartReader.textAtHand(part, bound);
    if (text === undefined) {
      return this.#hold(part, maxBytes, part.text({ maxBytes: bound }));
    }
    // Malformed bytes take more memory as text than as sent.
    this.#count(part, utf8Length(text));
    return text;
  }

  /** Reads a file, within the same limits. */
  file(part: PartReader, maxBytes = Infinity): Promise<File> {
    this.holdNames(part);
    const bound = Math.min(maxBytes, this.#room);
    return this.#hold(part, maxBytes, part.file({ maxBytes: bound }));
  }

  /** Counts the names that a file's value may keep. */
  holdNames(part: PartReader): void {
    const { name = "", filename = "", contentType = "" } = part;
    this.#count(part, utf8Length(name + filename + contentType));
  }

  async #hold<T extends string | File>(
    part: PartReader,
    maxBytes: number,
    body: Promise<T>,
  ): Promise<T> {
    try {
      const value = await body;
      this.#count(
        part,
        typeof value === "string" ? utf8Length(value) : value.size,
      );
      return value;
    } catch (error) {
      const isBound = error instanceof MultipartError &&
        error.limit === "maxBytes";
      throw isBound ? this.#tooLarge(part, maxBytes) : error;
    }
  }

  #count(part: PartReader, bytes: number): void {
    this.#room -= bytes;
    if (this.#room < 0) throw this.#tooLarge(part, Infinity);
  }

  #tooLarge(
    { index, name = "" }: PartReader,
    maxBytes: number,
  ): MultipartError {
    const isOwn = maxBytes <= this.#room;
    const state = isOwn
      ? `it has more than ${maxBytes} bytes`
      : `the form has more than ${this.#bufferedBytes} bytes to hold`;
    return new MultipartError(
      "part-too-large",
      `Cannot hold ${excerpt(name)}: ${state}`,
      {
        partIndex: index,
        partName: name,
        limit: isOwn ? "maxBytes" : "bufferedBytes",
      },
    );
  }
}

/** The length of a text in UTF-8, in bytes; the text is nearly always ASCII. */
function utf8Length(text: string): number {
  return /[\u0080-\uffff]/.test(text) ? encodeUtf8(text).length : text.length;
}
