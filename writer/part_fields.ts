import {
  formatContentDisposition,
  formatFormDataDisposition,
} from "../wire/content_disposition.ts";
import { assertText, printable } from "../wire/errors.ts";
import { checkHeaderField, type HeaderField } from "../wire/header_block.ts";
import type { Body } from "./body.ts";
import { firstValue, listFields, sortFields } from "./header_list.ts";

/**
 * What is said of a part besides its body.
 *
 * @example Say what a part is
 * ```ts
 * import { MultipartWriter, type PartInit } from "@tributary/multipart";
 *
 * const init: PartInit = {
 *   name: "map",
 *   filename: "map.svg",
 *   type: "image/svg+xml",
 *   headers: { "X-Scale": "1:50000" },
 * };
 * const writer = new MultipartWriter("form-data");
 * const { headers } = writer.append("<svg/>", init);
 * if (headers.get("x-scale") !== "1:50000") throw new Error();
 * if (headers.get("content-type") !== "image/svg+xml") throw new Error();
 * ```
 */
export interface PartInit {
  /**
   * Header fields. Those that the other members make take precedence. They set
   * Content-Encoding and Content-Transfer-Encoding like the members of that
   * name: the encoding is applied.
   */
  headers?: RequestInit["headers"];
  /** Content-Disposition's `name`: a form's field. */
  name?: string;
  /** Content-Disposition's `filename`; the default is a `File`'s own name. */
  filename?: string;
  /**
   * Content-Type; `""` leaves it out. The default is what the body brings, then
   * what `typeByExtension` says, then `text/plain; charset=utf-8` for text and
   * `application/octet-stream` for all else.
   */
  type?: string;
  /**
   * Content-Disposition's type, such as `inline`.
   *
   * @default {"form-data"} in a form; elsewhere `"attachment"`, if there is a
   * filename or a name
   */
  disposition?: string;
  /** `gzip`, `deflate`, or another coding that this runtime can compress with. */
  contentEncoding?: string;
  /** `base64` or `quoted-printable`; `7bit`, `8bit` and `binary` are just stated. */
  transferEncoding?: string;
  /**
   * The bytes of a body that does not say so itself, before any encoding. A
   * body that turns out to have another size is an error.
   */
  size?: number;
  /** Content-ID, without its angle brackets. */
  contentId?: string;
}

/** What a part needs of the multipart that it belongs to. */
export interface PartPlace {
  readonly boundary: string;
  readonly isForm: boolean;
  readonly typeByExtension:
    | ((extension: string) => string | undefined)
    | undefined;
}

/**
 * Makes the fields of a part: those of a body that is forwarded, then those that
 * were given, and before both those that the members of `init`, or else the
 * body, make.
 *
 * @param size The body's, if it is known.
 * @throws {TypeError} If one cannot be written.
 */
export function makeFields(
  body: Body,
  size: number | undefined,
  init: PartInit,
  place: PartPlace,
): readonly HeaderField[] {
  const { forwarded = NONE } = body;
  const given = init.headers === undefined ? NONE : listFields(init.headers);
  const isGiven = (name: string): boolean =>
    firstValue(given, name) !== undefined ||
    firstValue(forwarded, name) !== undefined;
  const disposition = makeDisposition(
    body,
    init,
    place,
    isGiven("content-disposition"),
  );
  const type = init.type === undefined
    ? typeOf(body, init, place, isGiven)
    : init.type;
  const isPlain = place.isForm && given === NONE && forwarded === NONE &&
    init.contentEncoding === undefined && init.contentId === undefined &&
    init.transferEncoding === undefined;
  if (isPlain && disposition !== undefined && type !== "") {
    // What most fields of a form have. A list that grows takes four times the
    // memory, which counts where there are many.
    return [
      ["content-disposition", disposition],
      type === body.defaultType
        ? ["content-type", type]
        : checkHeaderField("content-type", type),
    ];
  }
  const made: HeaderField[] = [];
  if (disposition !== undefined) {
    made.push(["content-disposition", disposition]);
  }
  if (init.contentEncoding !== undefined) {
    made.push(checkHeaderField("content-encoding", init.contentEncoding));
  }
  if (init.contentId !== undefined) {
    made.push(["content-id", formatContentId(init.contentId)]);
  }
  if (!place.isForm && body.forwarded === undefined && size !== undefined) {
    made.push(["content-length", `${size}`]);
  }
  if (init.transferEncoding !== undefined) {
    made.push(
      checkHeaderField("content-transfer-encoding", init.transferEncoding),
    );
  }
  if (type !== "") made.push(checkHeaderField("content-type", type));
  // Most parts have no others, and these are in order already.
  if (given.length === 0 && forwarded.length === 0) return made;
  let fields = replaceFields(replaceFields(forwarded, given), made);
  if (init.type === "") {
    fields = fields.filter((field) => field[0] !== "content-type");
  }
  return body.forwarded === undefined ? sortFields(fields) : fields;
}

const NONE: readonly HeaderField[] = [];

/** `fields`, where those with the name of a newer one have given way to it. */
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
  { isForm }: PartPlace,
  isGiven: boolean,
): string | undefined {
  if (name !== undefined) {
    // What a form's field has, and nothing else.
    if (isForm && disposition === undefined) {
      return formatFormDataDisposition(name, filename);
    }
  } else if (disposition === undefined) {
    const isOwn = filename === undefined || filename === body.filename;
    // A form's part may still get one, before it is written.
    if (isForm || filename === undefined || (isGiven && isOwn)) {
      return undefined;
    }
  }
  const type = disposition === undefined ? "attachment" : disposition;
  return formatContentDisposition(type, { name, filename });
}

/** The type of a part that was not told its own; `""` is none. */
function typeOf(
  body: Body,
  init: PartInit,
  place: PartPlace,
  isGiven: (name: string) => boolean,
): string {
  if (body.forwarded !== undefined || isGiven("content-type")) return "";
  if (body.type !== undefined) return body.type;
  if (place.typeByExtension === undefined) return body.defaultType;
  const filename = init.filename ?? body.filename;
  const extension = filename && /\.([^./\\]+)$/.exec(filename)?.[1];
  const byExtension = extension && place.typeByExtension(extension);
  return byExtension || body.defaultType;
}

function formatContentId(id: string): string {
  assertText(id, "the Content-ID");
  const bare = id.replace(/^<(.*)>$/, "$1");
  if (/^[!-;=?-~]+$/.test(bare)) return `<${bare}>`;
  throw new TypeError(
    `Cannot write Content-ID ${
      printable(id)
    }: it holds space, brackets, controls or more than ASCII`,
  );
}
