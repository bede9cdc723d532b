import { FormMemory } from "./form_memory.ts";
import type { PartReader } from "./part_reader.ts";

/**
 * What a part with a filename becomes in a `FormData`; `null` leaves it out.
 *
 * @example Keep just the names of files
 * ```ts
 * import {
 *   type FormDataFile,
 *   MultipartReader,
 *   type PartReader,
 * } from "@tributary/multipart";
 *
 * const nameOf = (part: PartReader): FormDataFile => part.filename || null;
 *
 * const form = new FormData();
 * form.append("map", new File(["<svg/>"], "map.svg"));
 * form.append("none", new File([], ""));
 * const reader = MultipartReader.from(new Response(form));
 * const entries = [...await reader.formData({ file: nameOf })];
 * if (entries.join() !== "map,map.svg") throw new Error(entries.join());
 * ```
 */
export type FormDataFile = string | Blob | null;

/**
 * How {@linkcode MultipartReader.formData} collects.
 *
 * @example Count files as they stream, and hold the fields
 * ```ts
 * import { type FormDataOptions, MultipartReader } from "@tributary/multipart";
 *
 * const options: FormDataOptions = {
 *   async file(part) {
 *     let size = 0;
 *     for await (const chunk of part) size += chunk.length;
 *     return `${size} bytes`;
 *   },
 * };
 *
 * const form = new FormData();
 * form.append("map", new File(["<svg/>"], "map.svg"));
 * const read = await MultipartReader.from(new Response(form)).formData(options);
 * if (read.get("map") !== "6 bytes") throw new Error(String(read.get("map")));
 * ```
 */
export interface FormDataOptions {
  /**
   * Takes each part with a filename, as a stream if it likes, and returns what
   * stands for it: a `string`, a `Blob` or `File`, or `null` for nothing.
   *
   * @default {undefined} files are held in memory
   */
  file?: (part: PartReader) => FormDataFile | Promise<FormDataFile>;
}

/** What a form is collected from: a reader. */
interface PartStream extends AsyncIterator<PartReader, undefined> {
  cancel(reason?: unknown): Promise<void>;
}

/**
 * Collects parts into a `FormData`, as the Fetch Standard does with a form.
 *
 * @param reader Whose parts.
 * @param bufferedBytes What all entries together may hold, their names included.
 */
export async function collectFormData(
  reader: PartStream,
  bufferedBytes: number,
  { file }: FormDataOptions,
): Promise<FormData> {
  if (file !== undefined && typeof file !== "function") {
    throw new TypeError("Cannot make a form: `file` is not a function");
  }
  const form = new FormData();
  const memory = new FormMemory(bufferedBytes);
  try {
    for (;;) {
      const { done, value: part } = await reader.next();
      if (done) return form;
      const { name = "", filename } = part;
      if (filename === undefined) {
        form.append(name, await memory.text(part));
      } else if (file === undefined) {
        form.append(name, await memory.file(part));
      } else {
        memory.holdNames(part);
        await appendEntry(form, name, await file(part), filename);
      }
    }
  } catch (error) {
    // Not awaited: a source whose cancelling hangs must not hide the error.
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** Appends what stands for a file, unless that is `null` or `undefined`. */
async function appendEntry(
  form: FormData,
  name: string,
  entry: FormDataFile | undefined,
  filename: string,
): Promise<void> {
  if (entry === null || entry === undefined) return;
  if (typeof entry === "string") return form.append(name, entry);
  if (entry instanceof File) form.append(name, entry);
  else form.append(name, await ownBlob(entry), filename);
}

/** A form would make text of a Blob of another realm. */
async function ownBlob(blob: Blob): Promise<Blob> {
  const isOwn: boolean = blob instanceof Blob;
  if (isOwn) return blob;
  return new Blob([await blob.arrayBuffer()], { type: blob.type });
}
