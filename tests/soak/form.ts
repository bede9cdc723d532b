/** Forms as text and bytes, which can be made malformed in different ways. */
import type { Random } from "./random.ts";

export interface FormPart {
  /** Header fields, without the line ending of the last one. */
  head: string;
  content: Uint8Array;
}

export interface Form {
  contentType: string;
  parts: FormPart[];
  /** The bytes after the last part's content. */
  end: string;
}

export const BOUNDARY = "----tributary-soak";
export const CONTENT_TYPE = `multipart/form-data; boundary="${BOUNDARY}"`;
export const CLOSE_DELIMITER = `\r\n--${BOUNDARY}--\r\n`;

const encoder = new TextEncoder();

export function fieldPart(name: string, content: string): FormPart {
  return {
    head: `Content-Disposition: form-data; name="${name}"`,
    content: encoder.encode(content),
  };
}

export function filePart(name: string, content: Uint8Array): FormPart {
  return {
    head:
      `Content-Disposition: form-data; name="${name}"; filename="${name}.bin"\r\n` +
      "Content-Type: application/octet-stream",
    content,
  };
}

/** Returns the form's bytes. Contents are not copied. */
export function bytesOf({ parts, end }: Form): Uint8Array[] {
  const pieces = parts.flatMap(({ head, content }, index) => [
    encoder.encode(
      `${index === 0 ? "" : "\r\n"}--${BOUNDARY}\r\n${head}\r\n\r\n`,
    ),
    content,
  ]);
  return [...pieces, encoder.encode(end)];
}

/**
 * Scatters beginnings of the delimiter over `bytes`. A reader must hold them
 * back until it sees the bytes that follow.
 */
export function strewBeginnings(bytes: Uint8Array, random: Random): void {
  const delimiter = encoder.encode(`\r\n--${BOUNDARY}`);
  const gap = 4096;
  for (let at = 0; at + gap <= bytes.length; at += gap) {
    const length = 1 + random.below(delimiter.length - 1);
    const place = at + random.below(gap - delimiter.length);
    bytes.set(delimiter.subarray(0, length), place);
    bytes[place + length] = 0;
  }
}
