import { ByteBuilder } from "../../wire/byte_builder.ts";
import type { PartHead } from "../parse/part_head.ts";
import { Chunks, doNothing } from "./chunks.ts";
import { checkRoom, type CollectLimit } from "./collect.ts";
import { DecodedBody, type DecodeLimits } from "./decoded_body.ts";
import type { PartBody } from "./part_body.ts";
import { SerialQueue } from "./serial_queue.ts";

/**
 * Decodes a part piece by piece, for a caller that reads the raw bytes itself.
 * Incomplete output of one piece comes with the next.
 */
export class PieceDecoder {
  readonly #head: PartHead;
  readonly #body: PartBody;
  readonly #limits: DecodeLimits;
  readonly #queue = new SerialQueue();
  #decoding: Decoding | undefined;
  /** Bytes of the pieces so far. */
  #bytes = 0;

  /** @param limits The limits on the output of all pieces. */
  constructor(head: PartHead, body: PartBody, limits: DecodeLimits) {
    this.#head = head;
    this.#body = body;
    this.#limits = limits;
  }

  /**
   * Returns the output completed by `piece`. The last piece is an empty one, or
   * the one that completes all raw bytes of a part whose end is known.
   *
   * @throws {MultipartError} Also for every later piece, since earlier bytes
   * are lost.
   */
  decode(
    piece: Uint8Array,
    limit: CollectLimit,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#queue.run(() => {
      const decoding = this.#decoding ??= new Decoding(
        this.#head,
        this.#limits,
        limit,
      );
      this.#bytes += piece.length;
      const isLast = piece.length === 0 || this.#body.endsAt(this.#bytes);
      if (isLast) {
        this.#decoding = undefined;
        this.#bytes = 0;
      }
      return decoding.decode(piece, isLast, limit);
    });
  }
}

/** One decoding, from the first piece to the last. */
class Decoding {
  readonly #pieces = new Pieces();
  readonly #body: DecodedBody;
  #reading: Promise<void> | undefined;
  /** The output since the last piece. */
  #output = new ByteBuilder();
  #limit: CollectLimit;

  constructor(head: PartHead, limits: DecodeLimits, limit: CollectLimit) {
    this.#body = new DecodedBody(this.#pieces, head, limits);
    this.#limit = limit;
  }

  async decode(
    piece: Uint8Array,
    isLast: boolean,
    limit: CollectLimit,
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.#output = new ByteBuilder();
    const used = this.#pieces.push(piece, isLast);
    this.#limit = limit;
    if (this.#reading === undefined) {
      this.#reading = this.#readAll();
      // If it fails between two pieces, the next one gets the error.
      this.#reading.catch(() => {});
    }
    await Promise.race([this.#reading, used]);
    return this.#output.take();
  }

  async #readAll(): Promise<void> {
    try {
      for (;;) {
        const chunk = await this.#body.read();
        if (chunk === null) return;
        const length = this.#output.length + chunk.length;
        checkRoom(this.#limit.maxBytes - length, this.#limit);
        this.#output.add(chunk);
      }
    } catch (error) {
      this.#body.cancel();
      throw error;
    }
  }
}

/** The pieces, as a source that waits for the next one. */
class Pieces extends Chunks {
  readonly areKept = false;
  #piece: Uint8Array | null = null;
  #isLast = false;
  #supply: (() => void) | undefined;
  #tellUsed: () => void = doNothing;

  /** Gives a piece, and resolves when the next one is needed. */
  push(piece: Uint8Array, isLast: boolean): Promise<void> {
    this.#piece = piece.length === 0 ? null : piece;
    this.#isLast = isLast;
    this.#supply?.();
    return new Promise((resolve) => {
      this.#tellUsed = resolve;
    });
  }

  poll(): Uint8Array | null | undefined {
    const piece = this.#piece;
    this.#piece = null;
    return piece ?? (this.#isLast ? null : undefined);
  }

  fill<T>(then: () => T | Promise<T>): Promise<T> {
    this.#tellUsed();
    return new Promise<void>((resolve) => {
      this.#supply = resolve;
    }).then(then);
  }
}
