import { assertSignal } from "../../wire/abort_signal.ts";
import { excerpt, MultipartError, printable } from "../../wire/errors.ts";
import { assertNoStrayLimits, resolveLimits } from "../../wire/limits.ts";
import { parseMediaType } from "../../wire/media_type.ts";
import type { StandardSchema } from "../../wire/standard_schema.ts";
import { isPromise } from "../../wire/type_guards.ts";
import { DecodedTotal } from "../body/decoded_total.ts";
import { EventFeed } from "../body/event_feed.ts";
import { CheckedInit } from "../checked_init.ts";
import {
  contentTypeOf,
  type MultipartMessage,
  openMessage,
} from "../message.ts";
import { MultipartReader } from "../multipart_reader.ts";
import { boundaryOf } from "../multipart_type.ts";
import type { MultipartReaderOptions } from "../options.ts";
import { PartReader, type PartSettings } from "../part_reader.ts";
import { PartSequence } from "../part_sequence.ts";
import { FormContext } from "./form_context.ts";
import { FormRule } from "./form_rule.ts";
import { UrlEncodedParser } from "./url_encoded.ts";
import { assertSchema, validate } from "./validate.ts";

/**
 * The shape of a form: a rule for each of its names.
 *
 * @example Describe a form once
 * ```ts
 * import { field, file, type FormShape } from "@tributary/multipart";
 *
 * const shape = {
 *   title: field({ maxBytes: 200 }),
 *   cover: file({ types: ["image/*"], optional: true }),
 * } satisfies FormShape;
 * if (Object.keys(shape).join() !== "title,cover") throw new Error();
 * ```
 */
export type FormShape = Readonly<Record<string, FormRule<unknown>>>;

/**
 * The values that {@linkcode readForm} returns for a shape.
 *
 * @example Name the type of a form
 * ```ts
 * import { field, type FormValues } from "@tributary/multipart";
 *
 * const shape = { title: field(), tags: field({ multiple: true }) };
 * const form: FormValues<typeof shape> = { title: "River", tags: ["blue"] };
 * if (form.tags.length !== 1) throw new Error();
 * ```
 */
export type FormValues<Shape extends FormShape> = {
  -readonly [Name in keyof Shape]: Shape[Name] extends FormRule<infer Value>
    ? Value
    : never;
};

/**
 * Options of {@linkcode readForm}.
 *
 * @example Ignore names that are not in the shape
 * ```ts
 * import { field, readForm, type ReadFormOptions } from "@tributary/multipart";
 *
 * const options: ReadFormOptions = {
 *   unknown: "skip",
 *   limits: { totalBytes: 1_000_000 },
 * };
 * const body = new URLSearchParams({ title: "River", utm_source: "mail" });
 * const form = await readForm(new Response(body), { title: field() }, options);
 * if (Object.keys(form).join() !== "title") throw new Error();
 * ```
 */
export interface ReadFormOptions extends MultipartReaderOptions {
  /**
   * What to do with a part whose name is not in the shape: `"reject"` makes it
   * an error, `unexpected-part` (400).
   *
   * @default {"reject"}
   */
  unknown?: "reject" | "skip";
}

/**
 * Options of {@linkcode readForm} with a schema for the whole form.
 *
 * @example Check two fields against each other
 * ```ts
 * import {
 *   field,
 *   MultipartError,
 *   readForm,
 *   type ReadFormSchemaOptions,
 * } from "@tributary/multipart";
 *
 * const options: ReadFormSchemaOptions<unknown> = {
 *   schema: {
 *     "~standard": {
 *       version: 1,
 *       vendor: "example",
 *       validate: (value) => {
 *         const { password, again } = Object(value);
 *         return password === again
 *           ? { value: password }
 *           : { issues: [{ message: "It is not the same", path: ["again"] }] };
 *       },
 *     },
 *   },
 * };
 * const body = new URLSearchParams({ password: "a", again: "b" });
 * const shape = { password: field(), again: field() };
 * const error = await readForm(new Response(body), shape, options)
 *   .catch((error) => error);
 * if (!(error instanceof MultipartError)) throw new Error("expected an error");
 * if (error.status !== 422 || error.partName !== "again") throw error;
 * ```
 */
export interface ReadFormSchemaOptions<Output> extends ReadFormOptions {
  /**
   * Checks and converts the whole form, sync or async. A form that it rejects:
   * `invalid-value`, 422, with `issues`.
   */
  schema: StandardSchema<unknown, Output>;
}

/** The parts of a form, in either encoding. */
interface Parts {
  next(): Promise<IteratorResult<PartReader, undefined>>;
  cancel(reason: unknown): Promise<void>;
}

/**
 * Reads a whole form: checks each part against the rule for its name, stores
 * files as they stream, and returns the values, typed by the shape. If anything
 * fails, everything stored is undone.
 *
 * @param message A `Request`, Node's `IncomingMessage`, or anything else that
 * {@linkcode MultipartReader.from} takes, whose Content-Type is
 * multipart/form-data or application/x-www-form-urlencoded.
 * @param shape A rule for each name: {@linkcode field} or {@linkcode file}.
 * @param options What to do with other names, a schema for the whole form,
 * limits, a signal, and other options of a reader.
 * @returns An object without a prototype, with a value for each name of the
 * shape; with `options.schema`, the schema's output.
 * @throws {MultipartError} `unsupported-media-type` (415), `unexpected-part`
 * (400), `missing-part` (400), `too-many-parts` (413), `part-too-large` (413),
 * `unacceptable-type` (415), `invalid-value` (422), and what the reader throws.
 * @throws {TypeError} If the shape contains anything but rules, or the body
 * cannot be read.
 *
 * @example Accept a title and a picture
 * ```ts
 * import { field, file, MultipartError, readForm } from "@tributary/multipart";
 *
 * async function handle(request: Request): Promise<Response> {
 *   try {
 *     const { title, cover } = await readForm(request, {
 *       title: field({ maxBytes: 200 }),
 *       cover: file({ types: ["image/*"], maxBytes: 5_000_000, optional: true }),
 *     });
 *     return Response.json({ title, cover: cover?.size ?? null });
 *   } catch (error) {
 *     if (!(error instanceof MultipartError)) throw error;
 *     return new Response(error.message, { status: error.status });
 *   }
 * }
 *
 * const body = new FormData();
 * body.append("title", "River");
 * body.append("cover", new File(["<svg/>"], "a.svg", { type: "image/svg+xml" }));
 * const url = "http://localhost/";
 * const response = await handle(new Request(url, { method: "POST", body }));
 * if (await response.text() !== '{"title":"River","cover":6}') throw new Error();
 * ```
 */
export function readForm<Shape extends FormShape>(
  message: MultipartMessage,
  shape: Shape,
  options?: ReadFormOptions,
): Promise<FormValues<Shape>>;
/**
 * Reads a form, passes its values to a schema, and returns the schema's output.
 */
export function readForm<Output>(
  message: MultipartMessage,
  shape: FormShape,
  options: ReadFormSchemaOptions<Output>,
): Promise<Output>;
export async function readForm(
  message: MultipartMessage,
  shape: FormShape,
  options: Partial<ReadFormSchemaOptions<unknown>> = {},
): Promise<unknown> {
  const { unknown = "reject", schema } = options;
  if (unknown !== "reject" && unknown !== "skip") {
    throw new TypeError(
      `Cannot read the form: \`unknown\` is ${
        printable(String(unknown))
      }, not "reject" or "skip"`,
    );
  }
  if (schema !== undefined) assertSchema(schema);
  const entries = entriesOf(shape);
  // A misspelt limit, or an option of the wrong type, is an error, whichever
  // encoding the client chooses.
  assertNoStrayLimits(options);
  assertSignal(options.signal);
  const { bufferedBytes } = resolveLimits(options.limits);
  const parts = openParts(message, options);
  const form = new FormContext(bufferedBytes, options.signal);
  try {
    await collect(parts, entries, unknown === "skip", form);
    const values = valuesOf(entries);
    const result = schema === undefined
      ? values
      : await form.wait(validate(schema, values));
    form.complete();
    return result;
  } catch (error) {
    // Not awaited: a source that hangs when cancelled must not hide the error.
    parts.cancel(error).catch(() => {});
    await form.undo(error);
    throw error;
  }
}

/** A name's rule, and its values so far. */
interface Entry {
  readonly rule: FormRule<unknown>;
  readonly values: unknown[];
}

/** A map, since a name may be one that every object has. */
function entriesOf(shape: FormShape): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const [name, rule] of Object.entries(shape)) {
    if (!(rule instanceof FormRule)) {
      throw new TypeError(
        `Cannot read the form: ${
          printable(name)
        } in the shape is not a rule. Make one with field() or file()`,
      );
    }
    entries.set(name, { rule, values: [] });
  }
  return entries;
}

function openParts(
  message: MultipartMessage,
  options: MultipartReaderOptions,
): Parts {
  const contentType = contentTypeOf(message);
  const type = parseMediaType(contentType ?? "");
  if (type?.essence === "multipart/form-data") {
    const open = () => openMessage(message);
    const init = new CheckedInit(type, boundaryOf(type), options, open);
    return new MultipartReader([], init);
  }
  if (type?.essence === "application/x-www-form-urlencoded") {
    return openUrlEncoded(message, options);
  }
  const state = contentType === undefined
    ? "it has no Content-Type"
    : `its Content-Type is ${excerpt(contentType)}`;
  throw new MultipartError(
    "unsupported-media-type",
    `Cannot read the form: ${state}. Send multipart/form-data or application/x-www-form-urlencoded`,
  );
}

function openUrlEncoded(
  message: MultipartMessage,
  { limits, signal }: MultipartReaderOptions,
): Parts {
  const resolved = resolveLimits(limits);
  const feed = new EventFeed(
    new UrlEncodedParser(resolved),
    openMessage(message),
    signal,
  );
  const settings: PartSettings = {
    path: [],
    bufferedBytes: resolved.bufferedBytes,
    partBytes: resolved.partBytes,
    decodedTotal: new DecodedTotal(resolved.totalBytes),
    decode: false,
    usesCharset: false,
    charset: "utf-8",
    keepsBom: true,
    open: ({ index }) => {
      throw new TypeError(`Cannot read the parts of part ${index}: it is text`);
    },
  };
  return new PartSequence(
    feed,
    (head, body) => new PartReader(head, body, settings),
  );
}

/** Reads all parts, and adds their values to the entries. */
async function collect(
  parts: Parts,
  entries: ReadonlyMap<string, Entry>,
  skipsUnknown: boolean,
  form: FormContext,
): Promise<void> {
  for (;;) {
    const { done, value: part } = await parts.next();
    if (done) return;
    const entry = entries.get(part.name ?? "");
    if (entry === undefined) {
      if (skipsUnknown) continue;
      throw unexpected(part, "the form has no such name");
    }
    const { rule, values } = entry;
    const { filename } = part;
    const kind = filename === undefined ? "field" : "file";
    if (rule.kind !== kind) {
      throw unexpected(part, `it must be a ${rule.kind}, and is a ${kind}`);
    }
    // Browsers send this for a file input without a file.
    if (filename === "" && await isEmpty(part)) continue;
    if (values.length === rule.max) throw tooMany(part, rule);
    const value = FormRule.read(rule, part, form);
    values.push(isPromise(value) ? await value : value);
  }
}

/** Makes the form: a value for each name of the shape. */
function valuesOf(entries: ReadonlyMap<string, Entry>): unknown {
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, { rule, values }] of entries) {
    const isAbsent = values.length === 0 && rule.isOptional;
    if (values.length < rule.min && !isAbsent) {
      throw missing(name, rule, values.length);
    }
    result[name] = rule.finish(values);
  }
  return result;
}

/** Whether a part has no body; consumes no bytes. */
async function isEmpty(part: PartReader): Promise<boolean> {
  return (await part.peek(1)).length === 0;
}

function unexpected(
  { index, name }: PartReader,
  state: string,
): MultipartError {
  return new MultipartError(
    "unexpected-part",
    `Cannot take ${excerpt(name ?? "")}: ${state}`,
    { partIndex: index, partName: name },
  );
}

function tooMany(
  { index, name }: PartReader,
  { kind, max }: FormRule<unknown>,
): MultipartError {
  return new MultipartError(
    "too-many-parts",
    `Cannot take another ${kind} ${excerpt(name ?? "")}: ${max} ${
      max === 1 ? "is" : "are"
    } allowed`,
    { partIndex: index, partName: name, limit: "multiple.max" },
  );
}

function missing(
  name: string,
  { kind, min }: FormRule<unknown>,
  count: number,
): MultipartError {
  const state = count === 0
    ? "it is missing"
    : `${count} of at least ${min} came`;
  return new MultipartError(
    "missing-part",
    `Cannot take the form without the ${kind} ${excerpt(name)}: ${state}`,
    { partName: name },
  );
}
