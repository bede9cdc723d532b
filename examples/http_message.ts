/** HTTP messages as parts (application/http), for `batch.ts` and `odata_batch.ts`. */
import {
  MultipartReader,
  type MultipartWriter,
  type PartReader,
} from "@tributary/multipart";

// Each message is buffered. The reader's own limits apply to its head.
const limits = { bufferedBytes: 1024 * 1024 };

/**
 * Adds a request or a response as a part.
 *
 * @param partFields The part's own fields, such as the Content-ID that matches
 *   a response to its request.
 */
export async function addMessage(
  writer: MultipartWriter,
  startLine: string,
  message: Request | Response,
  partFields: Record<string, string>,
): Promise<void> {
  const body = await message.arrayBuffer();
  const fields = new Headers(message.headers);
  fields.set("content-length", String(body.byteLength));
  const lines = [...fields].map((field) => field.join(": "));
  const head = [startLine, ...lines, "", ""].join("\r\n");
  writer.append(new Blob([head, body]), {
    type: "application/http",
    headers: partFields,
  });
}

/**
 * Returns the URL of a path on the server of `base`. `//other.example/` is a
 * path too.
 */
export function urlOn(base: string, path: string): string {
  if (path.startsWith("/")) return `${new URL(base).origin}${path}`;
  throw new TypeError(`Cannot answer a request for ${path}: it is not a path`);
}

/**
 * Reads a message. After its start line, it has the form of a part. So a reader
 * parses its fields, within the limits of a part's head.
 */
export async function readMessage(part: PartReader) {
  const line = await part.readLine({ maxBytes: 8 * 1024 });
  const startLine = new TextDecoder().decode(line ?? undefined).trimEnd();
  const boundary = crypto.randomUUID();
  const reader = new MultipartReader(asMultipart(part, boundary), {
    boundary,
    limits,
    decode: false, // The receiver decodes the message's own encodings.
    lineEndings: "any", // Google's Python client ends lines with LF.
  });
  const { value: message } = await reader.next();
  const bytes = await message?.bytes();
  return {
    startLine: startLine.split(" "),
    headers: message?.headers,
    body: bytes?.length ? bytes : null,
  };
}

/** Yields the rest of a part as the only part of a multipart. */
async function* asMultipart(rest: PartReader, boundary: string) {
  const encoder = new TextEncoder();
  yield encoder.encode(`--${boundary}\r\n`);
  yield* rest;
  yield encoder.encode(`\r\n--${boundary}--\r\n`);
}
