import { ByteBuilder } from "../../wire/byte_builder.ts";
import { isPromise } from "../../wire/type_guards.ts";
import type { PartHead } from "../parse/part_head.ts";
import { Chunks } from "./chunks.ts";
import { checkRoom, type CollectLimit } from "./collect.ts";
import { DecodedBody, type DecodeLimits } from "./decoded_body.ts";
import type { PartBody } from "./part_body.ts";
import { SerialQueue } from "./serial_queue.ts";

/**
 * Undoes a part's encodings piece by piece, for a caller that reads the raw bytes
 * itself. What a piece leaves incomplete is completed by the next one.
 */
export class PieceDecoder {
  readonly #head: PartHead;
  readonly #body: PartBody;
  readonly #limits: DecodeLimits;
  readonly #queue = new SerialQueue();
  #decoding: Decoding | undefined;
  /** Bytes of the pieces so far. */
  #bytes = 0;

  /** @param limits What may come out of all pieces together. */
  constructor(head: PartHead, body: PartBody, limits: DecodeLimits) {
    this.#head = head;
    this.#body = body;
    this.#limits = limits;
  }

  /**
   * What is complete with `piece`. The last piece is an empty one, or the one with
   * which all that was read of the part has come, if the part is known to end
   * there.
   *
   * @throws {MultipartError} Now and, since what came before is lost, for every
   * later piece.
   */
  decode(
    piece: Uint8Array,
    limit: CollectLimit,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#queue.run(async () => {
      this.#decoding ??= new Decoding(this.#head, this.#limits);
      const decoding = this.#decoding;
      this.#bytes += piece.length;
      const isLast = piece.length === 0 || this.#body.endsAt(this.#bytes);
      if (isLast) {
        this.#decoding = undefined;
        this.#bytes = 0;
      }
      return await decoding.decode(piece, isLast, limit);
    });
  }
}

/** What a wait for output gives where more input is needed for it. */
const STARVED = Symbol("starved");

/** From the first piece to the last. */
class Decoding {
  readonly #pieces = new Pieces();
  readonly #body: DecodedBody;
  /** A read that waits for the next piece. */
  #pending: Promise<Uint8Array | null> | undefined;

  constructor(head: PartHead, limits: DecodeLimits) {
    this.#body = new DecodedBody(this.#pieces, head, limits);
  }

  async decode(
    piece: Uint8Array,
    isLast: boolean,
    limit: CollectLimit,
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.#pieces.assertOpen();
    const output = new ByteBuilder();
    this.#pieces.push(piece, isLast);
    try {
      for (;;) {
        const chunk = await this.#read();
        if (chunk === STARVED || chunk === null) return output.take();
        checkRoom(limit.maxBytes - output.length - chunk.length, limit);
        output.add(chunk);
      }
    } catch (error) {
      this.#body.cancel();
      throw this.#pieces.fail(error);
    }
  }

  async #read(): Promise<Uint8Array | null | typeof STARVED> {
    const read = this.#pending ?? this.#body.read();
    if (!isPromise(read)) return read;
    const chunk = await Promise.race([read, this.#pieces.starved]);
    if (chunk !== STARVED) {
      this.#pending = undefined;
      return chunk;
    }
    // If it fails before the next piece comes, that piece is told.
    if (this.#pending === undefined) read.catch(() => {});
    this.#pending = read;
    return STARVED;
  }
}

/** The pieces, as a source that waits for the next one. */
class Pieces extends Chunks {
  readonly areKept = false;
  #piece: Uint8Array | null = null;
  #isLast = false;
  #supply: (() => void) | undefined;
  #starve: (() => void) | undefined;

  /** Settles when the next piece is needed. */
  get starved(): Promise<typeof STARVED> {
    return new Promise((resolve) => {
      if (this.#supply === undefined) this.#starve = () => resolve(STARVED);
      else resolve(STARVED);
    });
  }

  push(piece: Uint8Array, isLast: boolean): void {
    this.#piece = piece.length === 0 ? null : piece;
    this.#isLast = isLast;
    const supply = this.#supply;
    this.#supply = undefined;
    supply?.();
  }

  poll(): Uint8Array | null | undefined {
    if (this.back !== undefined) return this.takeBack();
    return this.#piece === null && !this.#isLast ? undefined : this.#take();
  }

  fill<T>(then: () => T | Promise<T>): Promise<T> {
    return new Promise<void>((resolve) => {
      this.#supply = resolve;
      this.#starve?.();
    }).then(then);
  }

  #take(): Uint8Array | null {
    const piece = this.#piece;
    this.#piece = null;
    return piece;
  }
}
