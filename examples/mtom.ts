/**
 * SOAP messages with binary data beside the XML (MTOM, which is XOP in
 * multipart/related): two functions to call from a client or a service.
 */
import {
  type MultipartBody,
  MultipartReader,
  MultipartWriter,
  type PartReader,
} from "@tributary/multipart";

const XOP = "application/xop+xml";
const SOAP = "application/soap+xml"; // SOAP 1.2. SOAP 1.1 has text/xml.

/** Binary data of a message. */
export interface Attachment {
  /** Globally unique, such as `photo.7e3a@example.com`. */
  id: string;
  type: string;
  body: MultipartBody;
}

/**
 * Makes a message.
 *
 * @param envelope The XML, which refers to each attachment by
 * `<xop:Include href="..."/>` with its {@linkcode cidUrl}.
 */
export function writeMtom(
  envelope: string,
  attachments: Iterable<Attachment>,
): MultipartWriter {
  const root = `envelope.${crypto.randomUUID()}@example.com`;
  const parameters = { type: XOP, start: `<${root}>`, "start-info": SOAP };
  const writer = new MultipartWriter("related", { parameters });
  const type = `${XOP}; charset=UTF-8; type="${SOAP}"`;
  writer.append(envelope, { type, contentId: root });
  for (const { id, type, body } of attachments) {
    const transferEncoding = "binary";
    writer.append(body, { type, contentId: id, transferEncoding });
  }
  return writer;
}

/** The URL of a part (RFC 2392): its Content-ID, percent-encoded. */
export function cidUrl(id: string): string {
  return `cid:${encodeURIComponent(id).replaceAll("%40", "@")}`;
}

/**
 * Reads a message: its XML first, and the attachments as they arrive. Iterate
 * over these to the end, or leave the loop, so that the message is released.
 */
export async function readMtom(message: Request | Response): Promise<{
  envelope: string;
  attachments: AsyncGenerator<PartReader>;
}> {
  // The XML is buffered. Attachments are not.
  const limits = { bufferedBytes: 1024 * 1024 };
  const reader = MultipartReader.from(message, { accept: "related", limits });
  try {
    const root = await reader.root();
    if (root.mediaType !== XOP) {
      throw new Error(`Cannot read ${root.mediaType}: send ${XOP}`);
    }
    const envelope = await root.text();
    return { envelope, attachments: attachmentsOf(reader, envelope) };
  } catch (error) {
    await reader.cancel(error);
    throw error;
  }
}

/** Yields the parts that the XML refers to, in the order of the message. */
async function* attachmentsOf(reader: MultipartReader, envelope: string) {
  const wanted = referencesOf(envelope);
  for await (const part of reader) {
    if (part.contentId && wanted.delete(part.contentId)) yield part;
  }
  const [missing] = wanted;
  if (missing) throw new Error(`Cannot find the attachment ${missing}`);
}

/**
 * Returns the Content-IDs in the XML. A service that parses the XML finds them
 * there.
 */
function referencesOf(envelope: string): Set<string> {
  const pattern =
    /<(?:[\w.-]+:)?Include\s[^<>]*\bhref\s*=\s*["']cid:([^"'<>]*)["']/g;
  const urls = [...envelope.matchAll(pattern)].map(([, url = ""]) => url);
  return new Set(urls.map((url) => decode(url.replaceAll("&amp;", "&"))));
}

/** Undoes percent-encoding, which some writers use and .NET does not. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
