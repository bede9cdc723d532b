import { Base64Decoder } from "../wire/base64.ts";
import { ContentDecoder } from "../wire/content_coding.ts";
import { excerpt, MultipartError } from "../wire/errors.ts";
import { QuotedPrintableDecoder } from "../wire/quoted_printable.ts";
import type { ChunkReader } from "./chunks.ts";
import type { PartHead } from "./part_head.ts";

/** A decoder that needs no I/O. */
interface TransferDecoder {
  decode(chunk: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

/** A part's bytes, with its Content-Transfer-Encoding and then its Content-Encoding undone. */
export class DecodedBody implements ChunkReader {
  readonly #raw: ChunkReader;
  readonly #chunks: ChunkReader;
  readonly #content: ContentDecoder | undefined;
  readonly #partIndex: number;
  readonly #partBytes: number;
  #bytes = 0;
  #isDone = false;
  #isCancelled = false;
  #tooLarge: MultipartError | undefined;

  /**
   * @param partBytes What may come out.
   * @throws {MultipartError} `unsupported-encoding`.
   */
  constructor(raw: ChunkReader, head: PartHead, partBytes: number) {
    this.#raw = raw;
    this.#partIndex = head.index;
    this.#partBytes = partBytes;
    const transfer = transferDecoderOf(head);
    const chunks = transfer === undefined
      ? raw
      : new TransferDecoded(raw, transfer);
    const coding = codingOf(head);
    this.#content = coding === undefined
      ? undefined
      : new ContentDecoder(coding, () => chunks.read());
    this.#chunks = this.#content ?? chunks;
  }

  /** Whether a part's bytes are other than they are sent. */
  static concerns(head: PartHead): boolean {
    return !isIdentity(head.transferEncoding) || codingOf(head) !== undefined;
  }

  /** Whether the last byte has been read. */
  get isDone(): boolean {
    return this.#isDone;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    if (this.#tooLarge !== undefined) throw this.#tooLarge;
    const chunk = this.#chunks.read();
    return chunk instanceof Promise
      ? chunk.then((chunk) => this.#count(chunk))
      : this.#count(chunk);
  }

  /** Lets the decoder go, in the middle. */
  cancel(): void {
    this.#isCancelled = true;
    this.#content?.cancel().catch(() => {});
  }

  /** What comes out of a decoder may be far more than what went in. */
  #count(
    chunk: Uint8Array | null,
  ): Uint8Array | null | Promise<Uint8Array | null> {
    // A decoder that was let go of says that it has ended; the raw bytes know
    // why nobody can read on.
    if (this.#isCancelled) return this.#raw.read();
    if (chunk === null) {
      this.#isDone = true;
      return null;
    }
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#partBytes) return chunk;
    this.cancel();
    throw this.#tooLarge = new MultipartError(
      "part-too-large",
      `Cannot decode part ${this.#partIndex}: its body has more than ${this.#partBytes} bytes`,
      { partIndex: this.#partIndex },
    );
  }
}

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
      if (chunk instanceof Promise) {
        return chunk.then((chunk) => this.#decode(chunk) ?? this.read());
      }
      const decoded = this.#decode(chunk);
      if (decoded !== undefined) return decoded;
    }
  }

  /** `undefined` if nothing came out yet. */
  #decode(chunk: Uint8Array | null): Uint8Array | null | undefined {
    if (chunk === null && this.#isFinished) return null;
    this.#isFinished = chunk === null;
    const decoded = chunk === null
      ? this.#decoder.finish()
      : this.#decoder.decode(chunk);
    return decoded.length === 0 ? undefined : decoded;
  }
}

function transferDecoderOf(head: PartHead): TransferDecoder | undefined {
  const { transferEncoding } = head;
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
  const codings = (head.contentEncoding ?? "").split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
  return codings.length === 0 ? undefined : codings.join(", ");
}
