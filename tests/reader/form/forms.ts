/** Forms as messages, for the tests. */
import { assertInstanceOf, assertRejects } from "@std/assert";
import { MultipartError } from "@tributary/multipart";
import { fieldHead, formBody, streamOf, utf8 } from "../../bytes.ts";

/** A message. Each test needs its own. */
export interface FormMessage {
  headers: Record<string, string>;
  body: ReadableStream<Uint8Array>;
}

export function message(
  contentType: string,
  chunks: Iterable<Uint8Array>,
): FormMessage {
  return { headers: { "content-type": contentType }, body: streamOf(chunks) };
}

/** A multipart form in chunks. */
export function multipart(chunks: Iterable<Uint8Array>): FormMessage {
  return message("multipart/form-data; boundary=b", chunks);
}

/** A urlencoded form. */
export function urlencoded(text: string): FormMessage {
  return message("application/x-www-form-urlencoded", [utf8(text)]);
}

/** One part of a form. */
export type Part = readonly [head: string, body: string];

export function textPart(name: string, value: string): Part {
  return [fieldHead(name), value];
}

export function filePart(
  name: string,
  filename: string,
  body: string,
  type?: string,
): Part {
  const head = `${fieldHead(name)}; filename="${filename}"`;
  return [type === undefined ? head : `${head}\r\nContent-Type: ${type}`, body];
}

/** What browsers send for a file input without a file. */
export function emptyInput(name: string): Part {
  return filePart(name, "", "", "application/octet-stream");
}

/** A multipart form of these parts, in one chunk. */
export function form(...parts: readonly Part[]): FormMessage {
  return multipart([formBody(parts)]);
}

/** Returns the error that refuses a form. */
export async function refusal(
  read: () => Promise<unknown>,
): Promise<MultipartError> {
  const error = await assertRejects(read);
  assertInstanceOf(error, MultipartError);
  return error;
}
