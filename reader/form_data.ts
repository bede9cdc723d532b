import { encodeUtf8 } from "../wire/bytes.ts";
import { MultipartError } from "../wire/errors.ts";
import type { MultipartReader } from "./multipart_reader.ts";
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

/**
 * Collects parts into a `FormData`, as the Fetch Standard does with a form.
 *
 * @param reader Whose parts.
 * @param bufferedBytes What all entries together may hold.
 */
export async function collectFormData(
  reader: MultipartReader,
  bufferedBytes: number,
  { file }: FormDataOptions,
): Promise<FormData> {
  const form = new FormData();
  let room = bufferedBytes;
  for await (const part of reader) {
    const { name, filename } = part;
    if (name === undefined) {
      throw new MultipartError(
        "invalid-disposition",
        `Cannot make a form of part ${part.index}: it has no name`,
        { partIndex: part.index },
      );
    }
    if (filename === undefined) {
      const text = await part.text(undefined, { maxBytes: room });
      // Bytes that were not valid count for more as text than as they came.
      room = Math.max(0, room - encodeUtf8(text).length);
      form.append(name, text);
    } else if (file === undefined) {
      const entry = await part.file({ maxBytes: room });
      room -= entry.size;
      form.append(name, entry);
    } else {
      const entry = await file(part);
      if (entry instanceof File) form.append(name, entry);
      else if (entry instanceof Blob) form.append(name, entry, filename);
      else if (entry !== null) form.append(name, entry);
    }
  }
  return form;
}
