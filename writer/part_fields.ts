import {
  formatContentDisposition,
  formatFormDataDisposition,
} from "../wire/content_disposition.ts";
import { assertText, printable } from "../wire/errors.ts";
import { checkHeaderField, type HeaderField } from "../wire/header_block.ts";
import { type Body, OCTET_STREAM } from "./part/body_plan.ts";
import { firstValue, listFields, sortFields } from "./part/header_list.ts";
import type { PartInit } from "./options.ts";

/** What a part needs to know about its multipart. */
export interface EnclosingMultipart {
  readonly boundary: string;
  readonly isForm: boolean;
  readonly typeByExtension:
    | ((extension: string) => string | undefined)
    | undefined;
}

/**
 * Makes the fields of a part. Fields from the members of `init`, or from the
 * body, take precedence over `init.headers`, and those over the fields of a
 * forwarded part.
 *
 * @param size The body's size, if known.
 * @throws {TypeError} If a field cannot be written.
 */
export function makeFields(
  body: Body,
  size: number | undefined,
  init: PartInit,
  multipart: EnclosingMultipart,
): readonly HeaderField[] {
  const { forwarded } = body;
  const given = init.headers === undefined ? NONE : listFields(init.headers);
  const others = forwarded ? replaceFields(forwarded, given) : given;
  const isGiven = (name: string): boolean =>
    firstValue(others, name) !== undefined;
  const made: HeaderField[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) made.push(checkHeaderField(name, value));
  };
  const disposition = makeDisposition(
    body,
    init,
    multipart,
    isGiven("content-disposition"),
  );
  if (disposition !== undefined) {
    made.push(["content-disposition", disposition]);
  }
  add("content-encoding", init.contentEncoding);
  if (init.contentId !== undefined) {
    made.push(["content-id", formatContentId(init.contentId)]);
  }
  if (!multipart.isForm && forwarded === undefined && size !== undefined) {
    made.push(["content-length", `${size}`]);
  }
  add("content-transfer-encoding", init.transferEncoding);
  const type = init.type === undefined
    ? typeOf(body, init, multipart, isGiven)
    : init.type;
  if (type !== "") add("content-type", type);
  // Most parts have no others, and these are in order already. The copy saves
  // memory: a list that grew by pushing takes four times as much.
  if (others.length === 0) return made.slice();
  let fields = replaceFields(others, made);
  if (init.type === "") {
    fields = fields.filter((field) => field[0] !== "content-type");
  }
  return forwarded === undefined ? sortFields(fields) : fields;
}

const NONE: readonly HeaderField[] = [];

/**
 * The filename of a file without one, as in the HTML Standard for Blobs:
 * servers take a part without a filename for text.
 */
const UNNAMED = "blob";

/** Adds newer fields, and removes those of the same names. */
function replaceFields(
  fields: readonly HeaderField[],
  newer: readonly HeaderField[],
): HeaderField[] {
  const names = new Set(newer.map(([name]) => name));
  return [...fields.filter(([name]) => !names.has(name)), ...newer];
}

function makeDisposition(
  body: Body,
  { disposition, name, filename = body.filename }: PartInit,
  { isForm }: EnclosingMultipart,
  isGiven: boolean,
): string | undefined {
  if (isForm && body.isFile && name !== undefined) filename ??= UNNAMED;
  if (name !== undefined) {
    // A form field has exactly these parameters.
    if (isForm && disposition === undefined) {
      return formatFormDataDisposition(name, filename);
    }
  } else if (disposition === undefined) {
    const isOwn = filename === undefined || filename === body.filename;
    // A part of a form may still get one before it is written.
    if (isForm || filename === undefined || (isGiven && isOwn)) {
      return undefined;
    }
  }
  const type = disposition === undefined ? "attachment" : disposition;
  return formatContentDisposition(type, { name, filename });
}

/** The default type of a part; `""` for none. */
function typeOf(
  body: Body,
  init: PartInit,
  multipart: EnclosingMultipart,
  isGiven: (name: string) => boolean,
): string {
  if (body.forwarded !== undefined || isGiven("content-type")) return "";
  if (body.type !== undefined) return body.type;
  const filename = init.filename ?? body.filename;
  // Browsers do the same, and some servers take a field with a type for a file.
  if (multipart.isForm && !body.isFile && filename === undefined) return "";
  const extension = filename && /\.([^./\\]+)$/.exec(filename)?.[1];
  const byExtension = extension && multipart.typeByExtension?.(extension);
  return byExtension ||
    (body.isFile ? OCTET_STREAM : "text/plain; charset=utf-8");
}

function formatContentId(id: string): string {
  assertText(id, "the Content-ID");
  const bare = id.replace(/^<(.*)>$/, "$1");
  if (/^[!-;=?-~]+$/.test(bare)) return `<${bare}>`;
  throw new TypeError(
    `Cannot write Content-ID ${
      printable(id)
    }: it holds space, brackets, controls or non-ASCII`,
  );
}
