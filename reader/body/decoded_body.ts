import type { ChunkReader } from "../../wire/chunk_reader.ts";
import { Base64Decoder } from "../../wire/codec/base64.ts";
import { ContentDecoder } from "../../wire/codec/content_decoder.ts";
import { excerpt, MultipartError } from "../../wire/errors.ts";
import { QuotedPrintableDecoder } from "../../wire/codec/quoted_printable.ts";
import { isPromise } from "../../wire/type_guards.ts";
import { Chunks } from "./chunks.ts";
import type { PartHead } from "../parse/part_head.ts";

/** A decoder that needs no I/O. */
interface TransferDecoder {
  decode(chunk: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

/** A part's bytes, with its Content-Transfer-Encoding and then its Content-Encoding undone. */
export class DecodedBody extends Chunks {
  readonly #chunks: ChunkReader;
  readonly #content: ContentDecoder | undefined;
  readonly #partIndex: number;
  readonly #partBytes: number;
  #bytes = 0;
  /** What `fill` brought in. */
  #next: Uint8Array | undefined;
  #isDone = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param partBytes What may come out.
   * @throws {MultipartError} `unsupported-encoding`.
   */
  constructor(raw: ChunkReader, head: PartHead, partBytes: number) {
    super();
    this.#partIndex = head.index;
    this.#partBytes = partBytes;
    const transfer = transferDecoderOf(head);
    const chunks = transfer === undefined
      ? raw
      : new TransferDecoded(raw, transfer);
    const coding = codingOf(head);
    this.#content = coding === undefined
      ? undefined
      : new ContentDecoder(coding, chunks);
    this.#chunks = this.#content ?? chunks;
  }

  /** Whether a part's bytes are other than they are sent. */
  static concerns(head: PartHead): boolean {
    return !isIdentity(transferEncodingOf(head)) ||
      codingOf(head) !== undefined;
  }

  /** Whether the last byte has been read. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** After an error every call gives the same error. */
  fill<T>(then: () => T | Promise<T>): Promise<T> | undefined {
    return this.#fill()?.then(then);
  }

  /**
   * Lets the decoder go in the middle: reads that are pending, and all later
   * ones, fail with `error`. A body that was read to its end stays so.
   */
  cancel(error: unknown): void {
    if (!this.#isDone) this.#stop(error);
  }

  protected pollNext(): Uint8Array | null | undefined {
    this.#throwIfStopped();
    const chunk = this.#next;
    this.#next = undefined;
    return chunk ?? (this.#isDone ? null : undefined);
  }

  #fill(): Promise<void> | undefined {
    this.#throwIfStopped();
    try {
      const chunk = this.#chunks.read();
      if (isPromise(chunk)) return this.#takeBehind(chunk);
      this.#take(chunk);
      return undefined;
    } catch (error) {
      throw this.#stop(error);
    }
  }

  async #takeBehind(chunk: Promise<Uint8Array | null>): Promise<void> {
    try {
      this.#take(await chunk);
    } catch (error) {
      throw this.#stop(error);
    }
  }

  #stop(error: unknown): unknown {
    this.#failure ??= { error };
    this.#content?.cancel().catch(() => {});
    return this.#failure.error;
  }

  #throwIfStopped(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** What comes out of a decoder may be far more than what went in. */
  #take(chunk: Uint8Array | null): void {
    // A decoder that was let go of says that it has ended.
    this.#throwIfStopped();
    if (chunk === null) {
      this.#isDone = true;
      return;
    }
    this.#bytes += chunk.length;
    this.#next = chunk;
    if (this.#bytes <= this.#partBytes) return;
    throw new MultipartError(
      "part-too-large",
      `Cannot decode part ${this.#partIndex}: its body has more than ${this.#partBytes} bytes`,
      { partIndex: this.#partIndex },
    );
  }
}

/** Chunks with a transfer encoding undone. */
class TransferDecoded implements ChunkReader {
  readonly #raw: ChunkReader;
  readonly #decoder: TransferDecoder;
  #isFinished = false;

  constructor(raw: ChunkReader, decoder: TransferDecoder) {
    this.#raw = raw;
    this.#decoder = decoder;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.#raw.read();
      if (isPromise(chunk)) return this.#readBehind(chunk);
      const decoded = this.#decode(chunk);
      if (decoded !== undefined) return decoded;
    }
  }

  /** A loop, since a promise for each chunk that decodes to nothing would pile up. */
  async #readBehind(
    first: Promise<Uint8Array | null>,
  ): Promise<Uint8Array | null> {
    let chunk = await first;
    for (;;) {
      const decoded = this.#decode(chunk);
      if (decoded !== undefined) return decoded;
      chunk = await this.#raw.read();
    }
  }

  /** `undefined` if nothing came out yet. */
  #decode(chunk: Uint8Array | null): Uint8Array | null | undefined {
    if (chunk !== null) return nonEmpty(this.#decoder.decode(chunk));
    if (this.#isFinished) return null;
    const decoded = this.#decoder.finish();
    this.#isFinished = true;
    return nonEmpty(decoded);
  }
}

function nonEmpty(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === 0 ? undefined : bytes;
}

/** That of a multipart is ignored: it can have none that changes its bytes (RFC 2045, section 6.4). */
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

/** RFC 2045, section 6.2: these say what the bytes are like, and change none. */
function isIdentity(transferEncoding: string | undefined): boolean {
  return transferEncoding === undefined ||
    ["7bit", "8bit", "binary", ""].includes(transferEncoding);
}

/** A part's content coding; of several the first decoder would be asked for all. */
function codingOf(head: PartHead): string | undefined {
  const { contentEncoding } = head;
  if (contentEncoding === undefined) return undefined;
  const codings = contentEncoding.split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
  return codings.length === 0 ? undefined : codings.join(", ");
}
