/**
 * Transfer encodings and content codings, applied to a body on its way.
 *
 * @module
 */
import { base64EncodedLength, Base64Encoder } from "../wire/base64.ts";
import { QuotedPrintableEncoder } from "../wire/quoted_printable.ts";
import type { ByteSource } from "./byte_source.ts";

/** What the fields of a part ask for, as far as it is applied. */
export interface BodyEncodings {
  /** The format of a `CompressionStream`. */
  readonly compression: string | undefined;
  readonly transfer: "base64" | "quoted-printable" | undefined;
}

/** What most parts ask for. */
export const NO_ENCODINGS: BodyEncodings = {
  compression: undefined,
  transfer: undefined,
};

/** Content codings (RFC 9110, section 8.4.1), and what a `CompressionStream` calls them. */
const FORMATS: Readonly<Record<string, string>> = {
  "gzip": "gzip",
  "x-gzip": "gzip",
  "deflate": "deflate",
  "br": "brotli",
  "zstd": "zstd",
};

/**
 * Reads what the fields ask for.
 *
 * @throws {TypeError} If an encoding is unknown, or this runtime does not have it.
 */
export function parseEncodings(
  contentEncoding: string | undefined,
  transferEncoding: string | undefined,
): BodyEncodings {
  if (contentEncoding === undefined && transferEncoding === undefined) {
    return NO_ENCODINGS;
  }
  return {
    compression: parseCoding(contentEncoding?.trim().toLowerCase() ?? ""),
    transfer: parseTransfer(transferEncoding?.trim().toLowerCase() ?? ""),
  };
}

/** The size that a body of `size` bytes has with its encodings, if that is known. */
export function encodedSize(
  size: number | undefined,
  { compression, transfer }: BodyEncodings,
): number | undefined {
  if (size === undefined || compression !== undefined) return undefined;
  if (transfer === undefined) return size;
  return transfer === "base64" ? base64EncodedLength(size) : undefined;
}

/** Applies the content coding first, and the transfer encoding to what it gives. */
export function encodeSource(
  source: ByteSource,
  { compression, transfer }: BodyEncodings,
): ByteSource {
  const compressed = compression === undefined
    ? source
    : new CompressedSource(source, compression);
  if (transfer === undefined) return compressed;
  const encoder = transfer === "base64"
    ? new Base64Encoder()
    : new QuotedPrintableEncoder();
  return new TransferSource(compressed, encoder);
}

function parseCoding(name: string): string | undefined {
  if (name === "" || name === "identity") return undefined;
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format === undefined) {
    throw new TypeError(
      `Cannot apply content coding ${JSON.stringify(name)}: it is unknown`,
    );
  }
  if (!isSupported(format)) {
    throw new TypeError(
      `Cannot apply content coding "${name}": this runtime does not have it`,
    );
  }
  return format;
}

function parseTransfer(name: string): BodyEncodings["transfer"] {
  switch (name) {
    case "base64":
    case "quoted-printable":
      return name;
    case "":
    case "7bit":
    case "8bit":
    case "binary":
      return undefined;
    default:
      throw new TypeError(
        `Cannot apply transfer encoding ${JSON.stringify(name)}: it is unknown`,
      );
  }
}

const support = new Map<string, boolean>();

function isSupported(format: string): boolean {
  let isThere = support.get(format);
  if (isThere === undefined) {
    try {
      makeStream(format);
      isThere = true;
    } catch {
      isThere = false;
    }
    support.set(format, isThere);
  }
  return isThere;
}

function makeStream(format: string): CompressionStream {
  // The types know the standard's formats alone, and not every runtime's.
  return new CompressionStream(format as CompressionFormat);
}

class TransferSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #encoder: Base64Encoder | QuotedPrintableEncoder;
  #isFinished = false;

  constructor(
    source: ByteSource,
    encoder: Base64Encoder | QuotedPrintableEncoder,
  ) {
    this.#source = source;
    this.#encoder = encoder;
  }

  async read(): Promise<Uint8Array | null> {
    while (!this.#isFinished) {
      const chunk = await this.#source.read();
      this.#isFinished = chunk === null;
      const encoded = chunk === null
        ? this.#encoder.finish()
        : this.#encoder.encode(chunk);
      if (encoded.length > 0) return encoded;
    }
    return null;
  }

  cancel(reason: unknown): Promise<void> {
    return this.#source.cancel(reason);
  }
}

/** Compresses; the source is read as the compressor takes what it gave. */
class CompressedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #pumping: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isCancelled = false;

  constructor(source: ByteSource, format: string) {
    const { readable, writable } = makeStream(format);
    this.#source = source;
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
  }

  async read(): Promise<Uint8Array | null> {
    this.#pumping ??= this.#pump();
    try {
      const { done, value } = await this.#reader.read();
      return done ? null : value;
    } catch (error) {
      throw this.#failure === undefined ? error : this.#failure.error;
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isCancelled = true;
    this.#writer.abort(reason).catch(() => {});
    this.#reader.cancel(reason).catch(() => {});
    await this.#source.cancel(reason);
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        await this.#writer.ready;
        if (this.#isCancelled) return;
        const chunk = await this.#source.read();
        if (this.#isCancelled) return;
        if (chunk === null) return await this.#writer.close();
        // A copy: the compressor may keep it, and the caller's may be used again.
        await this.#writer.write(new Uint8Array(chunk));
      }
    } catch (error) {
      this.#failure ??= { error };
      this.#writer.abort(error).catch(() => {});
    }
  }
}
