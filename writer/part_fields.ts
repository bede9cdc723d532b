import {
  formatContentDisposition,
  formatFormDataDisposition,
} from "../wire/content_disposition.ts";
import { excerpt } from "../wire/errors.ts";
import { checkHeaderField, type HeaderField } from "../wire/header_block.ts";
import type { Body } from "./body.ts";

/** What is said of a part besides its body. */
export interface PartInit {
  /**
   * Header fields. Those that the other members make take precedence. They set
   * Content-Encoding and Content-Transfer-Encoding like the members of that
   * name: the encoding is applied.
   */
  headers?: HeadersInit;
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

/** What a part needs of the writer that it belongs to. */
export interface PartPlace {
  readonly index: number;
  readonly isForm: boolean;
  readonly typeByExtension:
    | ((extension: string) => string | undefined)
    | undefined;
}

/** The fields that the members of `init`, or else the body, make. */
export function makeFields(
  body: Body,
  init: PartInit,
  place: PartPlace,
  isGiven: (name: string) => boolean,
): HeaderField[] {
  const isForwarded = body.forwarded !== undefined;
  const fields: HeaderField[] = [];
  const disposition = makeDisposition(
    body,
    init,
    place,
    isGiven("content-disposition"),
  );
  if (disposition !== undefined) {
    fields.push(["content-disposition", disposition]);
  }
  if (init.contentEncoding !== undefined) {
    fields.push(checkHeaderField("content-encoding", init.contentEncoding));
  }
  if (init.contentId !== undefined) {
    fields.push(["content-id", formatContentId(init.contentId)]);
  }
  const size = body.size ?? init.size;
  if (!place.isForm && !isForwarded && size !== undefined) {
    fields.push(["content-length", `${size}`]);
  }
  if (init.transferEncoding !== undefined) {
    fields.push(
      checkHeaderField("content-transfer-encoding", init.transferEncoding),
    );
  }
  const type = init.type ??
    (isForwarded || isGiven("content-type")
      ? ""
      : defaultType(body, init, place));
  if (type !== "") fields.push(checkHeaderField("content-type", type));
  return fields;
}

function makeDisposition(
  body: Body,
  { disposition, name, filename = body.filename }: PartInit,
  { isForm }: PartPlace,
  isGiven: boolean,
): string | undefined {
  const isAsked = disposition !== undefined || name !== undefined ||
    (filename !== undefined && filename !== body.filename);
  if (isGiven && !isAsked) return undefined;
  if (isForm && disposition === undefined) {
    if (name !== undefined) return formatFormDataDisposition(name, filename);
    // It may still get one, before it is written.
    return undefined;
  }
  if (
    disposition === undefined && name === undefined && filename === undefined
  ) {
    return undefined;
  }
  return formatContentDisposition(disposition ?? "attachment", {
    name,
    filename,
  });
}

function defaultType(body: Body, init: PartInit, place: PartPlace): string {
  if (body.type !== undefined) return body.type;
  const filename = init.filename ?? body.filename;
  const extension = filename && /\.([^./\\]+)$/.exec(filename)?.[1];
  const byExtension = extension && place.typeByExtension?.(extension);
  return byExtension || body.defaultType;
}

function formatContentId(id: string): string {
  const bare = id.replace(/^<(.*)>$/, "$1");
  if (/^[!-;=?-~]+$/.test(bare)) return `<${bare}>`;
  throw new TypeError(
    `Cannot write Content-ID ${
      excerpt(JSON.stringify(id).slice(1, -1))
    }: it holds space, brackets, controls or more than ASCII`,
  );
}
