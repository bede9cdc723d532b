/** Reads a form with busboy, as multer and other middleware do. */
import createBusboy from "busboy";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { sha256 } from "./parts.ts";
import type { ToldPart } from "./peer.ts";

interface Info {
  filename?: string;
  mimeType: string;
}

/** Returns what busboy reads of a form. */
export async function tellByBusboy(
  contentType: string,
  body: Readable,
): Promise<ToldPart[]> {
  const busboy = createBusboy({
    headers: { "content-type": contentType },
    defParamCharset: "utf8",
    preservePath: true,
  });
  const told: Promise<ToldPart>[] = [];
  busboy.on("field", (name: string, value: string, { mimeType }: Info) => {
    const bytes = new TextEncoder().encode(value);
    told.push(Promise.resolve({ name, type: mimeType, ...describe(bytes) }));
  });
  busboy.on("file", (name: string, body: Readable, info: Info) => {
    const { filename, mimeType: type } = info;
    told.push(
      buffer(body).then((bytes) => ({
        name,
        filename,
        type,
        ...describe(bytes),
      })),
    );
  });
  await new Promise((resolve, reject) => {
    busboy.on("error", reject);
    busboy.on("close", resolve);
    body.on("error", reject).pipe(busboy);
  });
  return await Promise.all(told);
}

function describe(bytes: Uint8Array): { length: number; sha256: string } {
  return { length: bytes.length, sha256: sha256(bytes) };
}
