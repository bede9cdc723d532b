/**
 * Content codings (RFC 9110, section 8.4.1), decoded by the runtime's own
 * `DecompressionStream`, which is pulled and never pushed.
 *
 * A few bytes can become a thousand times as many. They go in by slices, one
 * slice only when what the last one made has been read, so that whoever reads
 * can stop in time. What the runtimes do with damaged data differs; that all of
 * them end in an error, and none is cut short in silence, is made sure of here.
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
 * Bytes that go in at a time. Deflate makes 1032 of one at most, so that about
 * 1 MiB comes out: Deno hands it over as one chunk, Chromium and workerd queue
 * it, Bun and Node 24 make 64 and 16 KiB at a time. Ordinary gzip in slices of
 * 4 KiB is 1.2 times as fast on Chromium and workerd, 1.3 on Deno and 1.9 on
 * Node, and would hold four times as much.
 */
const SLICE_LENGTH = 1024;

/**
 * The same for the codings that have no such bound (16 MiB of zeros are 13
 * bytes of brotli), where the runtime makes all that it can of a slice at once.
 */
const SMALL_SLICE_LENGTH = 16;

/**
 * Decodes one content coding. Nothing is pulled before somebody reads, and
 * nothing pulled is held beyond the chunk at hand.
 *
 * An empty body is an empty body, whatever its coding. Several gzip members,
 * and bytes behind the last, are what the runtime makes of them: decoded, or an
 * error.
 */
export class ContentDecoder implements ChunkReader {
  readonly #coding: ContentCoding;
  readonly #source: ChunkReader;
  readonly #condition = new Condition();
  #native: NativeCodec | undefined;
  #proof: EndProof | undefined;
  #sliceLength = SLICE_LENGTH;
  /** What has been pulled and not yet decoded. */
  #chunk: Uint8Array = EMPTY;
  #isPulling = false;
  #hasSourceEnded = false;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * Makes a decoder; nothing is pulled yet.
   *
   * @param coding In any case; "x-gzip" is gzip (RFC 9110, section 8.4.1.3).
   * @param source Gives the encoded bytes, and is read again only when all that
   * it gave has been decoded. What it throws, `read()` throws.
   * @throws {MultipartError} `unsupported-encoding`, if the coding is unknown,
   * or this runtime does not have it.
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
   * The next decoded chunk, which is not empty, or `null` at the end. One call
   * at a time; after an error every call gives the same error.
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
        // What is there already arrives before this goes on.
        await undefined;
      } else {
        if (native.isHungry) this.#feed(native);
        await this.#condition.wait();
      }
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return null;
  }

  /**
   * Lets the runtime's decompressor go. A `read()` that waits gives `null`, and
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

  /** Pulls until it is clear what to decode; `undefined` if there is nothing to. */
  async #open(): Promise<NativeCodec | undefined> {
    const wanted = this.#coding === "deflate" ? 2 : 1;
    while (this.#chunk.length < wanted && !this.#hasSourceEnded) {
      // The source may use its buffer again from now on.
      this.#chunk = this.#chunk.slice();
      this.#startPull();
      await this.#condition.wait();
      if (this.#isOver) return undefined;
    }
    if (this.#chunk.length === 0) {
      this.#isOver = true;
      return undefined;
    }
    const format = await this.#chooseFormat();
    // Somebody may have cancelled in the meantime.
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
      // A copy: the runtime may keep what it is given, and the source may use
      // its buffer again.
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
      this.#fail(this.#damaged("there is something behind its end"));
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
 * Whether a deflate body has the header of zlib's format (RFC 1950, section
 * 2.2), as RFC 9110, section 8.4.1.2, wants it, or is the bare data that some
 * senders make of it.
 *
 * Bare data begins with such bytes only if its first block is stored, is not
 * the last, and has bits set in the padding behind the block's type, where
 * every encoder known writes zeros (RFC 1951, section 3.2.4). So what looks
 * like zlib's format is taken for it.
 */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const [cmf = 0, flg = 0] = bytes;
  return (cmf & 0x0f) === 8 && cmf >> 4 <= 7 && (cmf << 8 | flg) % 31 === 0;
}
