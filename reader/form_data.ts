import { FormMemory } from "./form_memory.ts";
import type { PartReader } from "./part_reader.ts";

/**
 * The `FormData` entry for a part with a filename; `null` leaves it out.
 *
 * @example Keep only the names of files
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
 * Options of {@linkcode MultipartReader.formData}.
 *
 * @example Count the bytes of files as they stream, and hold the fields
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
   * Called for each part with a filename, which it can stream. Returns the
   * entry: a `string`, a `Blob` or `File`, or `null` for none.
   *
   * @default {undefined} files are held in memory
   */
  file?: (part: PartReader) => FormDataFile | Promise<FormDataFile>;
}

/** A reader, as far as `collectFormData` needs it. */
interface PartStream extends AsyncIterator<PartReader, undefined> {
  cancel(reason?: unknown): Promise<void>;
}

/**
 * Collects parts into a `FormData`, as the Fetch Standard does.
 *
 * @param reader The reader of the parts.
 * @param bufferedBytes The most bytes that all entries may hold, including
 * their names.
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
    // Not awaited: a source that hangs when cancelled must not hide the error.
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** Appends a file's entry, unless it is `null` or `undefined`. */
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

/** Copies a Blob of another realm, which `append` would convert to text. */
async function ownBlob(blob: Blob): Promise<Blob> {
  const isOwn: boolean = blob instanceof Blob;
  if (isOwn) return blob;
  return new Blob([await blob.arrayBuffer()], { type: blob.type });
}
