import { MultipartError } from "../../wire/errors.ts";

/**
 * Counts the decoded bytes of all parts of a message, including nested
 * multiparts: a few bytes can decode to a thousand times as many in each of
 * many parts.
 */
export class DecodedTotal {
  readonly #limit: number;
  readonly #outer: DecodedTotal | undefined;
  #bytes = 0;

  /**
   * @param limit The most bytes that all parts may decode to.
   * @param outer The count of the multipart around this one.
   */
  constructor(limit: number, outer?: DecodedTotal) {
    this.#limit = limit;
    this.#outer = outer;
  }

  /** @throws {MultipartError} `body-too-large`. */
  add(bytes: number): void {
    this.#outer?.add(bytes);
    this.#bytes += bytes;
    if (this.#bytes <= this.#limit) return;
    throw new MultipartError(
      "body-too-large",
      `Cannot decode the body: its parts decode to more than ${this.#limit} bytes`,
      { limit: "totalBytes" },
    );
  }
}
