/** Checks the package's types in a TypeScript project. */
import {
  byteRanges,
  FrameBroadcast,
  MultipartDecoderStream,
  MultipartEncoderStream,
  MultipartError,
  type MultipartErrorCode,
  MultipartParser,
  MultipartReader,
  MultipartWriter,
  type PartReader,
  type PartWriter,
} from "@tributary/multipart";
import * as reading from "@tributary/multipart/reader";
import * as writing from "@tributary/multipart/writer";

const reader: typeof MultipartReader = reading.MultipartReader;
const writer: typeof MultipartWriter = writing.MultipartWriter;

export async function read(request: Request): Promise<FormData> {
  await using parts = reader.from(request, { limits: { parts: 10 } });
  for await (const part of parts) {
    const bytes: Uint8Array<ArrayBuffer> = await part.bytes();
    const body: ReadableStream<Uint8Array> = part.body;
    const file: File = await part.file();
    const names: (string | undefined)[] = [part.name, part.filename];
    console.log(bytes, body, file, names);
  }
  return await parts.formData({ file: (part) => part.blob() });
}

export function write(headers: Headers): Response {
  const mixed = new writer("mixed");
  const part: PartWriter = mixed.append("Oslo", { headers });
  mixed.append(new Uint8Array(1), { headers: { "x-a": "b" }, size: 1 });
  part.headers.set("x-c", "d");
  const init: RequestInit = mixed.toRequestInit();
  console.log(new Request("http://localhost/", init));
  return mixed.toResponse({ status: 201 });
}

export function transform(
  bytes: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  const parts: ReadableStream<PartReader> = bytes.pipeThrough(
    new MultipartDecoderStream({ boundary: "x" }),
  );
  return parts.pipeThrough(new MultipartEncoderStream("mixed"));
}

export function serve(request: Request, file: Blob): Response[] {
  const broadcast = new FrameBroadcast({ type: "image/png" });
  broadcast.publish(new Uint8Array(1));
  return [byteRanges(request, file), broadcast.subscribe()];
}

export function codeOf(error: unknown): MultipartErrorCode | undefined {
  return error instanceof MultipartError ? error.code : undefined;
}

export function parse(chunk: Uint8Array): number {
  const parser = new MultipartParser({ boundary: "x" });
  parser.push(chunk);
  const event = parser.next();
  return event.type === "data" ? event.data.length : parser.offset;
}

// @ts-expect-error: a number is not a body.
new MultipartWriter().append(1);
// @ts-expect-error: bytes alone do not say what their boundary is.
new MultipartReader(new Uint8Array(1));
