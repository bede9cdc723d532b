/**
 * A camera's Content-Length: what it is worth, and how that is found out.
 *
 * A length is worth nothing until one has put a delimiter where it said. From
 * then on a frame ends with its last byte, so that a live view does not lag by
 * a frame; until then, and after a length that proved wrong, delimiters alone
 * tell where a frame ends.
 *
 * @module
 */
import { CR, DASH, LF, SPACE, TAB } from "../wire/bytes.ts";

/** Weighs the lengths of one stream's frames. */
export class FrameLength {
  readonly #bufferedBytes: number;
  #trust: "unproven" | "proven" | "broken" = "unproven";
  /** What is held back until the bytes at the stated length have come. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /**
   * The length that the open frame states, in bytes; `undefined` if there is
   * none, or none that counts.
   */
  stated: number | undefined;

  /**
   * @param bufferedBytes What may be held back.
   */
  constructor(bufferedBytes: number) {
    this.#bufferedBytes = bufferedBytes;
  }

  /** Whether frames end where they say. */
  get isTrusted(): boolean {
    return this.#trust === "proven";
  }

  /** Whether a length proved wrong: no other counts. */
  get isBroken(): boolean {
    return this.#trust === "broken";
  }

  /** Begins a frame. */
  begin(stated: number | undefined): void {
    this.stated = this.#trust === "broken" ? undefined : stated;
  }

  /** Says that a delimiter stood, or did not stand, at the stated length. */
  prove(stood: boolean): void {
    this.#trust = stood ? "proven" : "broken";
    this.stated = undefined;
  }

  /** Holds bytes back; a copy is kept. */
  hold(bytes: Uint8Array): void {
    this.#held.push(bytes.slice());
    this.#heldBytes += bytes.length;
  }

  /**
   * How many bytes more it takes to tell whether a delimiter stands `distance`
   * bytes behind the first one held: 0 if all are there, or if they would be
   * more than may be held.
   *
   * @param dashBoundary The boundary with the two dashes before it.
   */
  missing(distance: number, dashBoundary: Uint8Array): number {
    // A line break, the delimiter, and the byte that shows it is no longer line.
    const needed = distance + 2 + dashBoundary.length + 1;
    return needed > this.#bufferedBytes
      ? 0
      : Math.max(0, needed - this.#heldBytes);
  }

  /** Gives back all that is held. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const held of this.#held) {
      bytes.set(held, at);
      at += held.length;
    }
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }

  /**
   * Whether a delimiter begins at `at`, with a line break before it or without;
   * an input that ends there may have been cut off in it.
   */
  standsAt(bytes: Uint8Array, at: number, dashBoundary: Uint8Array): boolean {
    if (at > bytes.length) return false;
    if (bytes[at] === CR && (bytes[at + 1] ?? LF) === LF) at++;
    if (bytes[at] === LF) at++;
    const line = bytes.subarray(at, at + dashBoundary.length);
    if (!line.every((byte, index) => byte === dashBoundary[index])) {
      return false;
    }
    const next = bytes[at + dashBoundary.length];
    return next === undefined || [CR, LF, SPACE, TAB, DASH].includes(next);
  }
}
