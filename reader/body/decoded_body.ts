import { Base64Decoder } from "../../wire/codec/base64.ts";
import { ContentDecoder } from "../../wire/codec/content_decoder.ts";
import { excerpt, MultipartError } from "../../wire/errors.ts";
import { QuotedPrintableDecoder } from "../../wire/codec/quoted_printable.ts";
import { Chunks } from "./chunks.ts";
import type { DecodedTotal } from "./decoded_total.ts";
import type { PartHead } from "../parse/part_head.ts";

/** A decoder that needs no I/O. */
interface TransferDecoder {
  decode(chunk: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

/** The limits on decoded bytes. */
export interface DecodeLimits {
  /** Bytes that one part may decode to. */
  readonly partBytes: number;
  readonly decodedTotal: DecodedTotal;
}

/**
 * A part's bytes, after decoding its Content-Transfer-Encoding, then its
 * Content-Encoding.
 */
export class DecodedBody extends Chunks {
  /** Decoders return new buffers. */
  readonly areKept = true;
  /** The raw body, which owns the part's error. */
  readonly #encoded: Chunks;
  readonly #chunks: Chunks;
  readonly #content: ContentDecodedChunks | undefined;
  readonly #partIndex: number;
  readonly #limits: DecodeLimits;
  #bytes = 0;
  #isDone = false;

  /** @throws {MultipartError} `unsupported-encoding`. */
  constructor(encoded: Chunks, head: PartHead, limits: DecodeLimits) {
    super();
    this.#encoded = encoded;
    this.#partIndex = head.index;
    this.#limits = limits;
    const transfer = transferDecoderOf(head);
    const chunks = transfer === undefined
      ? encoded
      : new TransferDecodedChunks(encoded, transfer);
    const coding = codingOf(head);
    this.#content = coding === undefined
      ? undefined
      : new ContentDecodedChunks(chunks, coding);
    this.#chunks = this.#content ?? chunks;
  }

  /** Whether a part has encodings to decode. */
  static concerns(head: PartHead): boolean {
    return !isIdentity(transferEncodingOf(head)) ||
      codingOf(head) !== undefined;
  }

  /** Whether the last byte has been read. */
  get isDone(): boolean {
    return this.#isDone;
  }

  poll(): Uint8Array | null | undefined {
    if (this.back !== undefined) return this.takeBack();
    try {
      const chunk = this.#isDone ? null : this.#chunks.poll();
      if (chunk === null) this.#end();
      else if (chunk !== undefined) this.#count(chunk.length);
      return chunk;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  fill<T>(then: () => T | Promise<T>): Promise<T> | undefined {
    try {
      return this.#chunks.fill(then)?.catch((error) => {
        throw this.#fail(error);
      });
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Releases the decoder before the end: a pending read fails. */
  cancel(): void {
    this.#content?.cancel();
  }

  /** A decoder's output may be far longer than its input. */
  #count(bytes: number): void {
    const { partBytes, decodedTotal } = this.#limits;
    decodedTotal.add(bytes);
    this.#bytes += bytes;
    if (this.#bytes <= partBytes) return;
    throw new MultipartError(
      "part-too-large",
      `Cannot decode part ${this.#partIndex}: its body has more than ${partBytes} bytes`,
      { partIndex: this.#partIndex, limit: "partBytes" },
    );
  }

  #end(): void {
    // A cancelled decoder reports the end.
    if (!this.#isDone) this.#encoded.assertFlowing();
    this.#isDone = true;
    this.onDone?.();
  }

  #fail(error: unknown): unknown {
    this.cancel();
    return this.#encoded.fail(error);
  }
}

/** Decodes a transfer encoding. */
class TransferDecodedChunks extends Chunks {
  readonly areKept = true;
  readonly #encoded: Chunks;
  readonly #decoder: TransferDecoder;
  #isFinished = false;

  constructor(encoded: Chunks, decoder: TransferDecoder) {
    super();
    this.#encoded = encoded;
    this.#decoder = decoder;
  }

  poll(): Uint8Array | null | undefined {
    for (;;) {
      const chunk = this.#encoded.poll();
      if (chunk === undefined) return undefined;
      if (chunk === null) return this.#finish();
      const decoded = this.#decoder.decode(chunk);
      if (decoded.length > 0) return decoded;
    }
  }

  fill<T>(then: () => T | Promise<T>): Promise<T> | undefined {
    return this.#encoded.fill(then);
  }

  #finish(): Uint8Array | null {
    if (this.#isFinished) return null;
    const decoded = this.#decoder.finish();
    this.#isFinished = true;
    return decoded.length > 0 ? decoded : null;
  }
}

/** Decodes a content coding, which always takes I/O. */
class ContentDecodedChunks extends Chunks {
  readonly areKept = true;
  readonly #decoder: ContentDecoder;
  /** The chunk that `fill` read. */
  #next: Uint8Array | null | undefined;

  constructor(encoded: Chunks, coding: string) {
    super();
    this.#decoder = new ContentDecoder(coding, encoded);
  }

  poll(): Uint8Array | null | undefined {
    const next = this.#next;
    if (next !== null) this.#next = undefined;
    return next;
  }

  fill<T>(then: () => T | Promise<T>): Promise<T> {
    return this.#decoder.read().then((chunk) => {
      this.#next = chunk;
      return then();
    });
  }

  cancel(): void {
    this.#decoder.cancel().catch(() => {});
  }
}

/**
 * A multipart's is ignored: it must not change the bytes (RFC 2045, section
 * 6.4).
 */
function transferEncodingOf(head: PartHead): string | undefined {
  return head.isMultipart ? undefined : head.transferEncoding;
}

function transferDecoderOf(head: PartHead): TransferDecoder | undefined {
  const transferEncoding = transferEncodingOf(head);
  if (isIdentity(transferEncoding)) return undefined;
  if (transferEncoding === "base64") return new Base64Decoder();
  if (transferEncoding === "quoted-printable") {
    return new QuotedPrintableDecoder();
  }
  throw new MultipartError(
    "unsupported-encoding",
    `Cannot decode part ${head.index}: its Content-Transfer-Encoding is ${
      excerpt(transferEncoding ?? "")
    }`,
    { partIndex: head.index },
  );
}

/** RFC 2045, section 6.2: these describe the bytes, and do not change them. */
function isIdentity(transferEncoding: string | undefined): boolean {
  return transferEncoding === undefined ||
    ["7bit", "8bit", "binary", ""].includes(transferEncoding);
}

/** A part's content coding; a list of several is not supported. */
function codingOf(head: PartHead): string | undefined {
  const { contentEncoding } = head;
  if (contentEncoding === undefined) return undefined;
  const codings = contentEncoding.split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
  return codings.length === 0 ? undefined : codings.join(", ");
}
