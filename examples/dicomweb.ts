/**
 * DICOM files over HTTP (DICOMweb, PS3.18): STOW-RS stores them, WADO-RS
 * retrieves them. The client, for any DICOMweb server:
 * `node examples/dicomweb.ts store http://localhost:8042/dicom-web/studies *.dcm`,
 * `node examples/dicomweb.ts retrieve http://localhost:8042/dicom-web/studies/1.2.3 folder`.
 * A server that stores instances in `instances/`:
 * `deno serve --config=deno.json --host=127.0.0.1 --allow-read --allow-write examples/dicomweb.ts`.
 */
import {
  MultipartError,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { type SavedFile, saveTo } from "@tributary/multipart/disk";
import { openAsBlob } from "node:fs";
import { mkdir } from "node:fs/promises";
import process from "node:process";

const DICOM = "application/dicom";
const JSON_TYPE = "application/dicom+json";

/** Stores DICOM files (PS3.18, section 10.5). Returns the server's report. */
export async function store(
  url: string,
  files: Iterable<Blob>,
): Promise<unknown> {
  const writer = new MultipartWriter("related", {
    parameters: { type: DICOM },
  });
  for (const file of files) writer.append(file, { type: DICOM });
  const headers = { accept: JSON_TYPE };
  const response = await fetch(url, writer.toRequestInit({ headers }));
  const report = await response.text();
  // With 202, the server has stored only some of the files. The report says
  // which.
  if (response.status === 200) return JSON.parse(report);
  throw new Error(`Cannot store all files: ${response.status} ${report}`);
}

/**
 * Retrieves a study, a series, an instance, or frames of an instance (PS3.18,
 * section 10.4), and saves each part as it arrives.
 *
 * @param type `application/octet-stream` for uncompressed frames.
 */
export async function* retrieve(
  url: string,
  folder: string,
  type: string = DICOM,
): AsyncGenerator<SavedFile> {
  // `*` requests the files as stored, without transcoding.
  const accept = `multipart/related; type="${type}"; transfer-syntax=*`;
  const response = await fetch(url, { headers: { accept } });
  if (!response.ok) {
    throw new Error(`Cannot retrieve ${url}: ${response.status}`);
  }
  const save = saveTo(folder);
  const context = { signal: new AbortController().signal, undo() {} };
  for await (const part of MultipartReader.from(response, RELATED)) {
    yield await save(part, context);
  }
}

const RELATED = { accept: "related" } as const;

/** The UIDs that identify an instance. */
interface Instance {
  sopClass: string;
  sopInstance: string;
}

/** Answers STOW-RS: saves each file of a request, and reports the result. */
export async function receive(
  request: Request,
  folder: string,
): Promise<Response> {
  const reader = MultipartReader.from(request, RELATED);
  if (reader.parameters.get("type") !== DICOM) {
    await reader.cancel();
    return new Response(`Send ${DICOM}\n`, { status: 415 });
  }
  const save = saveTo(folder);
  const undos: (() => unknown)[] = [];
  const context = {
    signal: request.signal,
    undo: (action: () => unknown) => void undos.push(action),
  };
  const stored: Instance[] = [];
  let failures = 0;
  try {
    for await (const part of reader) {
      const instance = identify(await part.peek(4096));
      if (instance === undefined) {
        failures++;
        continue;
      }
      await save(part, context);
      stored.push(instance);
    }
  } catch (error) {
    for (const undo of undos.reverse()) await undo();
    throw error;
  }
  const status = failures === 0 ? 200 : stored.length > 0 ? 202 : 409;
  const headers = { "content-type": JSON_TYPE };
  return Response.json(reportOn(stored, failures), { status, headers });
}

/** Reads the UIDs in the file meta information (PS3.10, section 7.1). */
function identify(start: Uint8Array): Instance | undefined {
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const text = (from: number, to: number) =>
    String.fromCharCode(...start.subarray(from, to)).replace(/[\0 ]+$/, "");
  if (text(128, 132) !== "DICM") return undefined;
  const values = new Map<number, string>();
  // All of its elements are in group 2, with explicit VR, little endian.
  for (let at = 132; at + 12 <= view.byteLength;) {
    if (view.getUint16(at, true) !== 2) break;
    const element = view.getUint16(at + 2, true);
    const isLong = ["OB", "UN"].includes(text(at + 4, at + 6));
    const size = isLong
      ? view.getUint32(at + 8, true)
      : view.getUint16(at + 6, true);
    const from = at + (isLong ? 12 : 8);
    at = from + size;
    values.set(element, text(from, at));
  }
  const [sopClass, sopInstance] = [values.get(2), values.get(3)];
  return sopClass && sopInstance ? { sopClass, sopInstance } : undefined;
}

/** The report on a store request, in the DICOM JSON model (PS3.18, annex I). */
function reportOn(stored: readonly Instance[], failures: number) {
  const uid = (value: string) => ({ vr: "UI", Value: [value] });
  const references = stored.map(({ sopClass, sopInstance }) => ({
    "00081150": uid(sopClass),
    "00081155": uid(sopInstance),
  }));
  // 0xC000: the server does not understand the file.
  const reason = { "00081197": { vr: "US", Value: [0xC000] } };
  const failed = Array.from({ length: failures }, () => reason);
  return {
    ...references.length > 0 &&
      { "00081199": { vr: "SQ", Value: references } },
    ...failed.length > 0 && { "00081198": { vr: "SQ", Value: failed } },
  };
}

/** Answers a request with {@linkcode receive}, and errors with their status. */
export async function answer(
  request: Request,
  folder: string,
): Promise<Response> {
  try {
    return await receive(request, folder);
  } catch (error) {
    if (error instanceof MultipartError) {
      return new Response(`${error.message}\n`, { status: error.status });
    }
    console.error("Cannot store instances:", error);
    return new Response("The request failed\n", { status: 500 });
  }
}

/** The server for `deno serve`. */
export default {
  async fetch(request: Request): Promise<Response> {
    await mkdir("instances", { recursive: true });
    return await answer(request, "instances");
  },
};

const [command, url = "", ...paths] = process.argv.slice(2);
if (import.meta.main && command === "store") {
  const files = await Promise.all(paths.map((path) => openAsBlob(path)));
  console.log(JSON.stringify(await store(url, files)));
} else if (import.meta.main && command === "retrieve") {
  for await (const { path } of retrieve(url, paths[0] ?? ".")) {
    console.log(path);
  }
}
