import { decodeByteString } from "../../wire/bytes.ts";
import {
  type ContentDisposition,
  parseContentDisposition,
  parseFormDataDisposition,
  percentDecodeName,
} from "../../wire/content_disposition.ts";
import {
  type ContentRange,
  parseContentRange,
} from "../../wire/content_range.ts";
import { excerpt, MultipartError } from "../../wire/errors.ts";
import type { HeaderField, HeaderPlace } from "../../wire/header_block.ts";
import {
  extractMediaType,
  formatMediaType,
  type MediaType,
  parameterOf,
  parseMimeType,
  withoutDoubled,
} from "../../wire/media_type.ts";
import { setReceivedFields } from "../../wire/received_fields.ts";
import { plainFields, type PlainHead } from "./plain_head.ts";

/** How to read a part's header fields. */
export interface PartHeadContext {
  /** Whether the Fetch Standard's rules for forms apply. */
  readonly isForm: boolean;
  /** The media type of a part that has no Content-Type. */
  readonly defaultMediaType: string;
  readonly percentDecodeNames: boolean;
}

/**
 * A part's header fields and what they mean. Each is parsed on first use.
 *
 * @example Ask a parser what a part is
 * ```ts
 * import { MultipartParser, type PartHead } from "@tributary/multipart";
 *
 * const parser = new MultipartParser({ boundary: "b" });
 * parser.push(new TextEncoder().encode(
 *   "--b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n",
 * ));
 * const event = parser.next();
 * if (event.type !== "part") throw new Error(event.type);
 *
 * const head: PartHead = event.head;
 * if (head.mediaType !== "text/plain") throw new Error(head.mediaType);
 * if (head.charset !== "koi8-r") throw new Error(head.charset);
 * ```
 */
export class PartHead {
  /** The part's place in its multipart, from 0. */
  readonly index: number;
  readonly #source: readonly HeaderField[] | PlainHead;
  readonly #context: PartHeadContext;
  #headers: Headers | undefined;
  #disposition: ContentDisposition | null | undefined;
  #mediaType: MediaType | null | undefined;

  /**
   * Takes the fields of the part at `index`; `context` says how to read them.
   */
  constructor(
    index: number,
    fields: readonly HeaderField[] | PlainHead,
    context: PartHeadContext,
  ) {
    this.index = index;
    this.#source = fields;
    this.#context = context;
    if ("end" in fields) this.#disposition = fields;
  }

  get #fields(): readonly HeaderField[] {
    const source = this.#source;
    return "end" in source ? plainFields(source) : source;
  }

  /**
   * The header fields. As in the Fetch Standard, their values are byte strings,
   * one character per byte, and fields with the same name are joined with a
   * comma.
   */
  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#headers = new Headers();
      for (const [name, value] of this.#fields) {
        this.#headers.append(name, value);
      }
      setReceivedFields(this.#headers, this.#fields);
    }
    return this.#headers;
  }

  /**
   * Content-Disposition's `name`, decoded as UTF-8; `undefined` if there is
   * none.
   */
  get name(): string | undefined {
    return this.#decodeName(this.#contentDisposition?.name);
  }

  /**
   * The file's name as sent, decoded as UTF-8; `undefined` if there is none.
   * Outside forms, Content-Type's `name` is used if Content-Disposition has no
   * filename, as mail readers do. Never use it as a path: see
   * `sanitizeFilename`.
   */
  get filename(): string | undefined {
    const filename = this.#contentDisposition?.filename;
    return this.#decodeName(filename ?? this.#typeName);
  }

  get #typeName(): string | undefined {
    if (this.#context.isForm || this.parsedType === undefined) return undefined;
    const name = parameterOf(this.parsedType, "name");
    return name === undefined ? undefined : decodeByteString(name);
  }

  /** Content-Type as sent; `undefined` if there is none. */
  get contentType(): string | undefined {
    return this.#first("content-type");
  }

  /**
   * The media type without parameters, in lower case. If Content-Type is
   * missing or invalid, it is `text/plain`, or `message/rfc822` in a
   * multipart/digest (RFC 2046, section 5.1.5).
   */
  get mediaType(): string {
    return this.parsedType?.essence ?? this.#context.defaultMediaType;
  }

  /** Content-Type's `charset`, in lower case; `undefined` if there is none. */
  get charset(): string | undefined {
    const type = this.parsedType;
    return type && parameterOf(type, "charset")?.toLowerCase();
  }

  /**
   * Content-Length in bytes, if exactly one was sent and is all digits. It is
   * the peer's claim: never allocate memory by it.
   */
  get contentLength(): number | undefined {
    // Two values, joined by a comma, are not all digits.
    const value = this.#all("content-length").join();
    return /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
  }

  /** Content-ID without its angle brackets (RFC 2392); `undefined` if there is none. */
  get contentId(): string | undefined {
    return this.#first("content-id")?.replace(/^<([^]*)>$/, "$1");
  }

  /** Content-Range; `undefined` if it is missing or malformed. */
  get contentRange(): ContentRange | undefined {
    return parseContentRange(this.#first("content-range") ?? "");
  }

  /** Content-Transfer-Encoding in lower case; `undefined` if there is none. */
  get transferEncoding(): string | undefined {
    return this.#first("content-transfer-encoding")?.toLowerCase();
  }

  /** Content-Encoding in lower case; `undefined` if there is none. */
  get contentEncoding(): string | undefined {
    const values = this.#all("content-encoding");
    return values.length === 0 ? undefined : values.join(", ").toLowerCase();
  }

  /** Whether there is a filename, even an empty one. */
  get isFile(): boolean {
    return this.filename !== undefined;
  }

  /** Whether the media type is `multipart/*`. */
  get isMultipart(): boolean {
    return this.mediaType.startsWith("multipart/");
  }

  /** Content-Type, parsed; `undefined` if it is missing or invalid. */
  get parsedType(): MediaType | undefined {
    if (this.#mediaType === undefined) {
      const values = this.#all("content-type");
      const type = this.#context.isForm
        ? extractMediaType(values)
        : parseMimeType(values[0] ?? "");
      this.#mediaType = type ?? null;
    }
    return this.#mediaType ?? undefined;
  }

  /**
   * The type that the platform's `formData()` gives a file: the media type with
   * its parameters, or `""` if Content-Type is invalid.
   */
  get blobType(): string {
    const type = this.parsedType;
    if (type !== undefined) return formatMediaType(withoutDoubled(type));
    return this.contentType === undefined ? this.mediaType : "";
  }

  #decodeName(name: string | undefined): string | undefined {
    if (name === undefined || !this.#context.percentDecodeNames) return name;
    return percentDecodeName(name);
  }

  get #contentDisposition(): ContentDisposition | undefined {
    if (this.#disposition === undefined) {
      const value = this.#first("content-disposition");
      const parse = this.#context.isForm
        ? parseFormDataDisposition
        : parseContentDisposition;
      this.#disposition = value === undefined ? null : parse(value) ?? null;
    }
    return this.#disposition ?? undefined;
  }

  #first(name: string): string | undefined {
    return this.#all(name)[0];
  }

  #all(name: string): string[] {
    return this.#fields.filter(([fieldName]) => fieldName === name).map((
      [, value],
    ) => value);
  }
}

/**
 * Checks what a form requires of each part: exactly one Content-Disposition, of
 * type `form-data`, with a name (RFC 7578, section 4.2).
 *
 * @throws {MultipartError} `invalid-disposition`.
 */
export function requireFormField(
  head: PartHead,
  fields: readonly HeaderField[],
  place: HeaderPlace,
): void {
  const values = fields.filter(([name]) => name === "content-disposition");
  if (values.length === 1 && head.name !== undefined) return;
  const found = values.length === 0
    ? "it has none"
    : values.length > 1
    ? `it has ${values.length}`
    : `${excerpt(values[0][1])} is not form-data with one name`;
  throw new MultipartError(
    "invalid-disposition",
    `Cannot read the Content-Disposition of part ${head.index}: ${found}`,
    place,
  );
}
