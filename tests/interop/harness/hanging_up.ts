/** Uploads that do not complete. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { MultipartReader, type PartReader } from "@tributary/multipart";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { listen } from "../../driving/servers.ts";
import type { ToldPart } from "./peer.ts";
import { tellOfPart } from "./reading.ts";

/** What was read of such an upload. */
export interface CutUpload {
  /** The complete parts. */
  readonly parts: ToldPart[];
  /** The reader's error for the rest. */
  readonly error: unknown;
}

/**
 * Serves one upload, and checks that nothing of it remains open. Calls `cut`
 * after a field, and for each chunk of a file.
 */
export async function readCutUpload(
  send: (url: string) => Promise<unknown>,
  cut: (part: PartReader) => void,
): Promise<CutUpload> {
  const uploads: Promise<CutUpload>[] = [];
  const server = createServer(async (request, response) => {
    const upload = readUntilCut(request, cut);
    uploads.push(upload);
    await upload.catch(() => {});
    response.writeHead(400, { connection: "close" }).end();
  });
  await send(await listen(server));
  // The server closes after its last connection. No connection is forced to
  // close.
  const closed = once(server, "close");
  server.close();
  await closed;
  const [upload, second] = uploads;
  if (upload && second === undefined) return await upload;
  throw new Error(`Expected one upload, and there were ${uploads.length}`);
}

async function readUntilCut(
  request: IncomingMessage,
  cut: (part: PartReader) => void,
): Promise<CutUpload> {
  const reader = MultipartReader.from(request, { accept: "*" });
  const parts: ToldPart[] = [];
  let error: unknown;
  try {
    for await (const part of reader) {
      if (part.filename === undefined) {
        parts.push(await tellOfPart(part));
        cut(part);
      } else for await (const _chunk of part) cut(part);
    }
  } catch (reason) {
    error = reason;
  }
  const again = await reader.next().catch((reason: unknown) => reason);
  assertStrictEquals(again, error, "the reader says another thing");
  // Node leaves a listener on a destroyed request, which does no harm.
  const listeners = request.destroyed ? 0 : request.listenerCount("readable");
  assertEquals(listeners, 0, "the reader still listens");
  return { parts, error };
}
