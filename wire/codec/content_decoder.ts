/**
 * Decodes content codings (RFC 9110, section 8.4.1) with the runtime's own
 * `DecompressionStream`, by pulling. This is the entry; `NativeCodec` drives
 * the stream, `decoder_probes.ts` detects how it behaves, and `deflate_end.ts`
 * proves that a body is whole where the runtime does not.
 *
 * A few bytes can become a thousand times as many. So they go in by slices,
 * each only after the output of the last has been read, and the reader can stop
 * in time. Runtimes differ in what they do with damaged data; this file makes
 * sure that it always ends in an error, and is never silently cut short.
 *
 * @module
 */
import type { ChunkReader } from "../chunk_reader.ts";
import { Condition } from "../condition.ts";
import { EMPTY, join } from "../bytes.ts";
import {
  canDecode,
  type ContentCoding,
  FORMATS,
  knownCoding,
  makeDecompressor,
} from "./content_coding.ts";
import { makesAllAtOnce, takesPartForWhole } from "./decoder_probes.ts";
import { ChecksumProof, type EndProof, GzipProof } from "./deflate_end.ts";
import { excerpt, MultipartError } from "../errors.ts";
import { NativeCodec } from "./native_codec.ts";

/**
 * Bytes that go in at a time. Deflate expands by 1032 at most, so about 1 MiB
 * comes out: Deno returns it as one chunk, Chromium and workerd queue it, Bun
 * and Node 24 make 64 and 16 KiB at a time. Slices of 4 KiB would be 1.2 times
 * as fast for ordinary gzip on Chromium and workerd, 1.3 on Deno and 1.9 on
 * Node, but would hold four times as much.
 */
const SLICE_LENGTH = 1024;

/**
 * The same for codings without such a bound (16 MiB of zeros are 13 bytes of
 * brotli), if the runtime decodes a whole slice at once.
 */
const SMALL_SLICE_LENGTH = 16;

/**
 * Decodes one content coding. Nothing is pulled before `read()` is called, and
 * at most one pulled chunk is held.
 *
 * An empty body decodes to an empty body in any coding. For several gzip
 * members, and bytes after the last, the runtime decides: it decodes them, or
 * they are an error.
 */
export class ContentDecoder implements ChunkReader {
  readonly #coding: ContentCoding;
  readonly #source: ChunkReader;
  readonly #condition = new Condition();
  #native: NativeCodec | undefined;
  #proof: EndProof | undefined;
  #sliceLength = SLICE_LENGTH;
  /** Pulled bytes that are not decoded yet. */
  #chunk: Uint8Array = EMPTY;
  #isPulling = false;
  #hasSourceEnded = false;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * Creates a decoder; nothing is pulled yet.
   *
   * @param coding In any case; "x-gzip" is gzip (RFC 9110, section 8.4.1.3).
   * @param source Gives the encoded bytes. It is read again only when all it
   * gave has been decoded. `read()` throws what it throws.
   * @throws {MultipartError} `unsupported-encoding`, if the coding is unknown
   * or this runtime does not support it.
   */
  constructor(coding: string, source: ChunkReader) {
    const known = knownCoding(coding);
    if (known === undefined || !canDecode(known)) {
      throw new MultipartError(
        "unsupported-encoding",
        `Cannot decode content coding ${excerpt(coding)}: ` +
          (known === undefined
            ? "it is unknown"
            : "this runtime does not have it"),
      );
    }
    this.#coding = known;
    this.#source = source;
  }

  /**
   * Returns the next decoded chunk, never empty, or `null` at the end. One call
   * at a time; after an error every call throws the same error.
   *
   * @throws {MultipartError} `invalid-encoding`, if the data is damaged or cut
   * short; `cause` is the runtime's own error, if it gave one.
   */
  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    while (!this.#isOver) {
      const native = this.#native ?? await this.#open();
      if (native === undefined) break;
      const output = native.take();
      if (output !== undefined) {
        this.#proof?.takeOutput(output);
        return output;
      }
      if (native.hasEnded) {
        this.#end(native);
      } else if (native.startRead()) {
        // Output that is ready arrives before the next step.
        await undefined;
      } else {
        if (native.isHungry) this.#feed(native);
        if (!this.#isOver) await this.#condition.wait();
      }
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return null;
  }

  /**
   * Releases the runtime's decompressor. A pending `read()` returns `null`, and
   * so does every later one; the source is left alone.
   */
  async cancel(reason?: unknown): Promise<void> {
    this.#isOver = true;
    this.#chunk = EMPTY;
    this.#condition.notify();
    await this.#native?.cancel(reason);
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = { error };
    this.#chunk = EMPTY;
    this.#native?.cancel(error);
    this.#condition.notify();
  }

  /**
   * Pulls until the format is clear; `undefined` if there is nothing to decode.
   */
  async #open(): Promise<NativeCodec | undefined> {
    const wanted = this.#coding === "deflate" ? 2 : 1;
    while (this.#chunk.length < wanted && !this.#hasSourceEnded) {
      // The source may reuse its buffer from now on.
      this.#chunk = this.#chunk.slice();
      this.#startPull();
      // A source that fails at once cancels this while it is pulled.
      if (!this.#isOver) await this.#condition.wait();
      if (this.#isOver) return undefined;
    }
    if (this.#chunk.length === 0) {
      this.#isOver = true;
      return undefined;
    }
    const format = await this.#chooseFormat();
    // `cancel` may have been called in the meantime.
    if (this.#isOver) return undefined;
    const native = new NativeCodec(makeDecompressor(format), this.#condition);
    if (this.#proof !== undefined) native.write(this.#proof.head);
    return this.#native = native;
  }

  async #chooseFormat(): Promise<string> {
    if (this.#coding === "br" || this.#coding === "zstd") {
      if (await makesAllAtOnce()) this.#sliceLength = SMALL_SLICE_LENGTH;
    }
    if (this.#coding !== "deflate") return FORMATS[this.#coding];
    const isZlib = hasZlibHeader(this.#chunk);
    if (await takesPartForWhole()) {
      this.#proof = isZlib ? new ChecksumProof() : new GzipProof();
    }
    return this.#proof?.format ?? (isZlib ? "deflate" : "deflate-raw");
  }

  #feed(native: NativeCodec): void {
    if (this.#chunk.length > 0) {
      // A copy: the runtime may keep what it is given, and the source may reuse
      // its buffer.
      const slice = this.#chunk.slice(0, this.#sliceLength);
      this.#chunk = this.#chunk.subarray(slice.length);
      this.#proof?.takeInput(slice);
      native.write(slice);
    } else if (!this.#hasSourceEnded) {
      this.#startPull();
    } else {
      const tail = this.#proof?.takeTail() ?? EMPTY;
      if (tail.length > 0) native.write(tail);
      else native.close();
    }
  }

  #startPull(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    this.#pullChunk().then((chunk) => {
      this.#isPulling = false;
      if (this.#isOver) return;
      if (chunk === null) this.#hasSourceEnded = true;
      else this.#chunk = join(this.#chunk, chunk);
      this.#condition.notify();
    }, (error) => this.#fail(error));
  }

  async #pullChunk(): Promise<Uint8Array | null> {
    return await this.#source.read();
  }

  #end(native: NativeCodec): void {
    if (native.failure !== undefined) {
      this.#fail(this.#damaged("the data is damaged or cut short", {
        cause: native.failure.error,
      }));
    } else if (!native.isClosed) {
      this.#fail(this.#damaged("there is data after its end"));
    } else if (this.#proof?.holds() === false) {
      this.#fail(this.#damaged("the data is cut short"));
    } else {
      this.#isOver = true;
    }
  }

  #damaged(state: string, options?: { cause: unknown }): MultipartError {
    return new MultipartError(
      "invalid-encoding",
      `Cannot decode ${this.#coding}: ${state}`,
      options,
    );
  }
}

/**
 * Whether a deflate body has the header of the zlib format (RFC 1950, section
 * 2.2), as RFC 9110, section 8.4.1.2, requires, or is the bare deflate data
 * that some senders send.
 *
 * Bare data begins with such bytes only if its first block is stored, is not
 * the last, and has bits set in the padding after the block type, where every
 * known encoder writes zeros (RFC 1951, section 3.2.4). So data that looks like
 * the zlib format is taken for it.
 */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const [cmf = 0, flg = 0] = bytes;
  return (cmf & 0x0f) === 8 && cmf >> 4 <= 7 && (cmf << 8 | flg) % 31 === 0;
}
