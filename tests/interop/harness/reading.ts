/** Reads what a peer sends with this project's reader. */
import {
  MultipartReader,
  type MultipartReaderOptions,
  type PartDecodeOptions,
  type PartReader,
} from "@tributary/multipart";
import { withServer } from "../../driving/servers.ts";
import { sha256 } from "./parts.ts";
import type { ToldPart } from "./peer.ts";

/** Returns what this reader finds in a message. */
export async function tell(
  reader: MultipartReader,
  options: PartDecodeOptions = {},
): Promise<ToldPart[]> {
  const told: ToldPart[] = [];
  for await (const part of reader.walk()) {
    told.push(await tellOfPart(part, options));
  }
  return told;
}

/** Returns what it finds in one part. */
export async function tellOfPart(
  part: PartReader,
  options: PartDecodeOptions = {},
): Promise<ToldPart> {
  const { path, name, filename, contentType: type } = part;
  const headers = Object.fromEntries(part.headers);
  const bytes = await part.bytes(options);
  return {
    path: [...path],
    name,
    filename,
    type,
    headers,
    length: bytes.length,
    sha256: sha256(bytes),
  };
}

/** A page from which a browser posts. It requests no icon. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>interop</title>
  <link rel="icon" href="data:,">`;

/** Serves one upload, and a page to send it from. Returns what was read. */
export async function tellOfUpload(
  send: (url: string) => Promise<void>,
  options: MultipartReaderOptions = {},
  read: (reader: MultipartReader) => Promise<ToldPart[]> = tell,
): Promise<ToldPart[]> {
  const uploads: Promise<ToldPart[]>[] = [];
  await withServer(async (request, response) => {
    if (request.method === "GET") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(PAGE);
      return;
    }
    const upload = Promise.try(() =>
      // By default, the reader accepts only forms from a request.
      read(MultipartReader.from(request, { accept: "*", ...options }))
    );
    uploads.push(upload);
    response.statusCode = await upload.then(() => 200, () => 400);
    response.end("{}");
  }, send);
  const [first, second] = uploads;
  if (first === undefined || second !== undefined) {
    throw new Error(`Expected one upload, and there were ${uploads.length}`);
  }
  return await first;
}

/** Requests a multipart from a peer, and returns what was read. */
export async function tellOfResponse(
  ask: () => Promise<Response>,
): Promise<ToldPart[]> {
  const response = await ask();
  if (response.status >= 400) throw new Error(await response.text());
  return await tell(MultipartReader.from(response));
}
