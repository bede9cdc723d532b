import { excerpt, MultipartError, printable } from "../../wire/errors.ts";
import { checkLimit } from "../../wire/limits.ts";
import { parseMediaType } from "../../wire/media_type.ts";
import { PartReader } from "../part_reader.ts";
import type { FileStore } from "./file_store.ts";
import {
  assertOptions,
  type FormMultiple,
  FormRule,
  type FormRuleValue,
  numbersOf,
} from "./form_rule.ts";

/**
 * Options of {@linkcode file}.
 *
 * @example Accept pictures of at most 5 MB
 * ```ts
 * import { file, type FileOptions } from "@tributary/multipart";
 *
 * const options: FileOptions = { types: ["image/*"], maxBytes: 5_000_000 };
 * file(options);
 * ```
 */
export interface FileOptions<
  Value = File,
  Multiple extends FormMultiple = false,
  Optional extends boolean = false,
> {
  /**
   * The most bytes that one file may have. Over it: `part-too-large`, 413.
   *
   * @default {Infinity} without a `store`, `limits.bufferedBytes` limits what
   * the form holds
   */
  maxBytes?: number;
  /**
   * Whether the file may be missing: its value is then `undefined`, or `[]`
   * with `multiple`. A file input without a file counts as missing.
   *
   * @default {false} without it: `missing-part`, 400
   */
  optional?: Optional;
  /**
   * Whether the name may have several files; its value is then an array.
   *
   * @default {false} a second file: `too-many-parts`, 413
   */
  multiple?: Multiple;
  /**
   * The media types to accept, such as `image/png` or `image/*`. Others:
   * `unacceptable-type`, 415. The type is the client's claim, which may be
   * wrong: use `check` to look at the bytes.
   */
  types?: readonly string[];
  /**
   * Returns whether a file is acceptable, before it is stored. If not:
   * `unacceptable-type`, 415.
   */
  check?: (part: PartReader) => boolean | Promise<boolean>;
  /**
   * Stores the file as it streams, and returns its value.
   *
   * @default {undefined} a `File`, held in memory
   */
  store?: FileStore<Value>;
}

const OPTIONS = ["maxBytes", "optional", "multiple", "types", "check", "store"];

/**
 * A rule for files: parts with a filename.
 *
 * @param options What to accept, and where to store it; by default one `File`,
 * held in memory.
 * @returns The rule, for {@linkcode readForm}.
 * @throws {RangeError} If a limit is not a whole number from 0, or `Infinity`.
 * @throws {TypeError} If an option is unknown or has the wrong type.
 *
 * @example Accept a picture, and measure it instead of keeping it
 * ```ts
 * import { file, readForm } from "@tributary/multipart";
 *
 * const body = new FormData();
 * body.append("cover", new File(["<svg/>"], "a.svg", { type: "image/svg+xml" }));
 * const form = await readForm(new Response(body), {
 *   cover: file({
 *     types: ["image/*"],
 *     maxBytes: 5_000_000,
 *     store: async (part) => (await part.bytes()).length,
 *   }),
 * });
 * if (form.cover !== 6) throw new Error(`${form.cover}`);
 * ```
 */
export function file<
  Value = File,
  Multiple extends FormMultiple = false,
  Optional extends boolean = false,
>(
  options?: FileOptions<Value, Multiple, Optional>,
): FormRule<FormRuleValue<NoInfer<Value>, Multiple, Optional>>;
export function file(
  options: FileOptions<unknown, FormMultiple, boolean> = {},
): FormRule<unknown> {
  assertOptions("file()", options, OPTIONS);
  const { types, maxBytes = Infinity, check, store } = options;
  checkLimit("maxBytes", maxBytes);
  assertFunction("check", check);
  assertFunction("store", store);
  const ranges = rangesOf(types);
  return new FormRule({
    kind: "file",
    ...numbersOf(options),
    async read(part, form) {
      if (types !== undefined && !matches(part.mediaType, ranges)) {
        const wanted = types.join(", ");
        throw refused(part, `it is ${excerpt(part.mediaType)}, not ${wanted}`);
      }
      if (store !== undefined) PartReader.bound(part, maxBytes);
      if (check !== undefined && !await form.wait(check(part))) {
        throw refused(part, "it did not pass the check");
      }
      if (store !== undefined) return await form.store(part, store);
      return await form.memory.file(part, maxBytes);
    },
  });
}

/** The media ranges in `types`. */
function rangesOf(types: readonly string[] = []): ReadonlySet<string> {
  if (Array.isArray(types)) return new Set(types.map(rangeOf));
  throw new TypeError(
    'Cannot make a rule: `types` is not an array, such as ["image/*"]',
  );
}

function matches(mediaType: string, ranges: ReadonlySet<string>): boolean {
  return ranges.has(mediaType) || ranges.has("*/*") ||
    ranges.has(`${mediaType.slice(0, mediaType.indexOf("/"))}/*`);
}

/** A media range in lower case (RFC 9110, section 12.5.1). */
function rangeOf(text: string): string {
  const range = parseMediaType(String(text));
  if (range !== undefined && (range.type !== "*" || range.subtype === "*")) {
    return range.essence;
  }
  throw new TypeError(
    `Cannot make a rule: ${
      printable(String(text))
    } in \`types\` is not a media type, such as image/png or image/*`,
  );
}

function refused({ index, name }: PartReader, state: string): MultipartError {
  return new MultipartError(
    "unacceptable-type",
    `Cannot take the file ${excerpt(name ?? "")}: ${state}`,
    { partIndex: index, partName: name },
  );
}

function assertFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new TypeError(`Cannot make a rule: \`${name}\` is not a function`);
}
