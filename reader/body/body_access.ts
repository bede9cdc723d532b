import { isPromise } from "../../wire/type_guards.ts";
import { bodyStream } from "./body_stream.ts";
import { ChunkIterator } from "./chunk_iterator.ts";
import type { Chunks } from "./chunks.ts";
import { collect, type CollectLimit, type Sink } from "./collect.ts";
import { DecodedBody } from "./decoded_body.ts";
import type { PartBody } from "./part_body.ts";
import type { PartHead } from "../parse/part_head.ts";
import { SerialQueue } from "./serial_queue.ts";

/** What decides how a body is read, unless a call says otherwise. */
export interface BodyDefaults {
  /** Whether encodings are undone. */
  readonly decode: boolean;
  /** Bytes that may come out of a decoder. */
  readonly partBytes: number;
}

/**
 * Who may read a part's body, and as what: one call after the other, decoded or
 * not from the first byte to the last, and whole just once.
 */
export class BodyAccess {
  readonly #body: PartBody;
  readonly #head: PartHead;
  readonly #defaults: BodyDefaults;
  readonly #queue = new SerialQueue();
  /** What is read from: chosen with the first byte that is asked for. */
  #chunks: Chunks | undefined;
  #decoded: DecodedBody | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #streamDecodes: boolean | undefined;
  /** Whether it was made in order to be read: then all go on as it does. */
  #isStreamRead = false;
  #isClaimed: boolean;
  #isCancelled = false;
  /** Why a read failed half way: what it had taken is lost, so none goes on. */
  #failure: { readonly error: unknown } | undefined;

  /** @param isClaimed Whether the whole body has been read already. */
  constructor(
    body: PartBody,
    head: PartHead,
    defaults: BodyDefaults,
    isClaimed: boolean,
  ) {
    this.#body = body;
    this.#head = head;
    this.#defaults = defaults;
    this.#isClaimed = isClaimed;
  }

  /** Whether the last byte has been read or skipped. */
  get isDone(): boolean {
    const body = this.#body;
    if (!body.isDone || body.isPassed) return body.isDone;
    return (this.#decoded?.isDone ?? true) && !body.hasBack &&
      !this.#chunks?.hasBack;
  }

  /** Whether something has been read, or taken to be. */
  get isUsed(): boolean {
    return this.#isClaimed || this.#isCancelled || this.#chunks !== undefined;
  }

  /**
   * The body as a stream, made when it is first asked for.
   *
   * @throws {TypeError} If there is a stream that decodes otherwise.
   */
  stream(
    decode = this.#defaults.decode,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#stream === undefined) {
      this.#stream = bodyStream({
        read: () => {
          this.#isStreamRead = true;
          return this.#queue.run(() => this.#open(decode).read());
        },
        unread: (bytes) => this.#open(decode).unread(bytes),
        cancel: () => {
          this.#isCancelled = true;
        },
      });
      this.#streamDecodes = decode;
    } else if (decode !== this.#streamDecodes) {
      throw this.misuse(
        `its stream is ${this.#streamDecodes ? "decoded" : "raw"}`,
      );
    }
    return this.#stream;
  }

  /** The chunks as they come, with one promise for each. */
  iterate(): AsyncIterator<Uint8Array, undefined> {
    return new ChunkIterator(this, this.#queue);
  }

  /** Runs `read` behind all that were asked for before. */
  run<T>(read: () => T | Promise<T>): Promise<T> {
    return this.#queue.run(read);
  }

  /** Makes one thing of all that is left; nobody can do that again. */
  collect<T>(
    sink: Sink<T>,
    limit: CollectLimit,
    decode?: boolean,
  ): T | Promise<T> {
    const chunks = this.open(decode);
    this.claim();
    try {
      const result = collect(chunks, limit, sink);
      return isPromise(result) ? this.endWith(result) : result;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /** A read that cannot be tried again: what it has taken is lost when it fails. */
  async endWith<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /** Reads and drops what is left. */
  async skip(): Promise<void> {
    const read = () => {
      this.assertUnlocked();
      return this.#open().read();
    };
    while (await this.#queue.run(read) !== null);
  }

  /** Takes the whole body, for one who will read it to the end. */
  claim(): void {
    this.assertUnclaimed();
    this.#isClaimed = true;
  }

  /** @throws {TypeError} If nobody can read the whole body any more. */
  assertUnclaimed(): void {
    this.#body.assertOpen();
    if (this.#isClaimed) throw this.misuse("its body has already been read");
  }

  /** The chunks to read from, decoded or not, unless they are a stream's. */
  open(decode?: boolean): Chunks {
    this.assertUnlocked();
    if (this.#isCancelled) throw this.misuse("its body was cancelled");
    return this.#open(decode);
  }

  /** @throws {TypeError} If they are a stream's. */
  assertUnlocked(): void {
    if (!this.#stream?.locked) return;
    throw this.misuse("its body is locked to a stream's reader");
  }

  /** An error of the caller's. */
  misuse(state: string): TypeError {
    return new TypeError(`Cannot read part ${this.#head.index}: ${state}`);
  }

  #open(
    decode: boolean = (this.#isStreamRead ? this.#streamDecodes : undefined) ??
      this.#defaults.decode,
  ): Chunks {
    this.#body.assertOpen();
    if (this.#failure !== undefined) throw this.#failure.error;
    const decodes = decode && DecodedBody.concerns(this.#head);
    if (this.#chunks === undefined) {
      this.#chunks = decodes ? this.#openDecoded() : this.#body;
    } else if (decodes !== (this.#decoded !== undefined)) {
      throw this.misuse(
        `it has been read ${decodes ? "raw" : "decoded"} so far`,
      );
    }
    return this.#chunks;
  }

  #openDecoded(): DecodedBody {
    const decoded = new DecodedBody(
      this.#body,
      this.#head,
      this.#defaults.partBytes,
    );
    this.#decoded = decoded;
    this.#body.onEnd((error) => decoded.cancel(error));
    return decoded;
  }
}
