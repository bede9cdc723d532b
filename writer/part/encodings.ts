/**
 * Applies transfer encodings and content codings to a body.
 *
 * @module
 */
import { base64EncodedLength, Base64Encoder } from "../../wire/codec/base64.ts";
import {
  canEncode,
  type ContentCoding,
  knownCoding,
} from "../../wire/codec/content_coding.ts";
import { ContentEncoder } from "../../wire/codec/content_encoder.ts";
import { printable } from "../../wire/errors.ts";
import { QuotedPrintableEncoder } from "../../wire/codec/quoted_printable.ts";
import type { BodyReader } from "./body_reader.ts";

/** The encodings that change the bytes of a part. */
export interface BodyEncodings {
  readonly coding: ContentCoding | undefined;
  readonly transfer: "base64" | "quoted-printable" | undefined;
}

/** No encodings: most parts share this object. */
export const NO_ENCODINGS: BodyEncodings = {
  coding: undefined,
  transfer: undefined,
};

/**
 * Parses the encodings in a part's fields.
 *
 * @throws {TypeError} If an encoding is unknown or this runtime does not
 * support it.
 */
export function parseEncodings(
  contentEncoding: string | undefined,
  transferEncoding: string | undefined,
): BodyEncodings {
  const coding = contentEncoding === undefined
    ? undefined
    : parseCoding(contentEncoding.trim());
  const transfer = transferEncoding === undefined
    ? undefined
    : parseTransfer(transferEncoding.trim());
  return coding === undefined && transfer === undefined
    ? NO_ENCODINGS
    : { coding, transfer };
}

/** The encoded size of a body of `size` bytes, if it is known. */
export function encodedSize(
  size: number | undefined,
  { coding, transfer }: BodyEncodings,
): number | undefined {
  if (size === undefined || coding !== undefined) return undefined;
  if (transfer === undefined) return size;
  return transfer === "base64" ? base64EncodedLength(size) : undefined;
}

/** Applies the content coding, then the transfer encoding. */
export function encodeChunks(
  source: BodyReader,
  { coding, transfer }: BodyEncodings,
): BodyReader {
  const compressed = coding === undefined ? source : compress(source, coding);
  if (transfer === undefined) return compressed;
  const encoder = transfer === "base64"
    ? new Base64Encoder()
    : new QuotedPrintableEncoder();
  return encodeTransfer(compressed, encoder);
}

function parseCoding(name: string): ContentCoding | undefined {
  if (name.toLowerCase() === "identity") return undefined;
  const coding = knownCoding(name);
  if (coding !== undefined && canEncode(coding)) return coding;
  throw new TypeError(
    `Cannot apply content coding ${printable(name)}: ${
      coding === undefined ? "it is unknown" : "this runtime does not have it"
    }`,
  );
}

function parseTransfer(name: string): BodyEncodings["transfer"] {
  const lowerCase = name.toLowerCase();
  switch (lowerCase) {
    case "base64":
    case "quoted-printable":
      return lowerCase;
    case "7bit":
    case "8bit":
    case "binary":
      return undefined;
    default:
      throw new TypeError(
        `Cannot apply transfer encoding ${printable(name)}: it is unknown`,
      );
  }
}

function encodeTransfer(
  source: BodyReader,
  encoder: Base64Encoder | QuotedPrintableEncoder,
): BodyReader {
  let isFinished = false;
  return {
    async read() {
      while (!isFinished) {
        const chunk = await source.read();
        isFinished = chunk === null;
        const encoded = chunk === null
          ? encoder.finish()
          : encoder.encode(chunk);
        if (encoded.length > 0) return encoded;
      }
      return null;
    },
    cancel: (reason) => source.cancel(reason),
  };
}

function compress(source: BodyReader, coding: ContentCoding): BodyReader {
  const encoder = new ContentEncoder(coding, source);
  return {
    read: () => encoder.read(),
    async cancel(reason) {
      // Not awaited, and never rejects.
      encoder.cancel(reason);
      await source.cancel(reason);
    },
  };
}
