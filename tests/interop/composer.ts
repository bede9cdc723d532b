/** Writes a multipart, and records what a peer must find in it. */
import {
  MultipartWriter,
  type MultipartWriterOptions,
  type PartInit,
} from "@tributary/multipart";
import { streamOf, utf8 } from "../bytes.ts";

/** The columns of the matrix. */
export const kinds = [
  "form-data",
  "mixed",
  "related",
  "alternative",
  "byteranges",
  "nested",
  "x-mixed-replace",
] as const;

/** A kind of multipart. */
export type Kind = typeof kinds[number];

/** A leaf as it was sent. */
export interface SentPart {
  readonly path: readonly number[];
  /** As it is on the wire: what a form percent-encodes stays encoded. */
  readonly name: string | undefined;
  readonly filename: string | undefined;
  /** The media type's essence. */
  readonly type: string | undefined;
  /** The header fields to compare, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body before any encoding. */
  readonly content: Uint8Array;
}

/** One body that peers read. */
export interface InteropCase {
  readonly id: string;
  readonly kind: Kind;
  /**
   * Composes a new multipart, since some bodies can be read only once. Uses
   * this boundary, unless the case has one of its own.
   */
  compose(boundary?: string): Composer;
}

/** How to make a part, and what a peer sees of it where that differs. */
export interface ComposedPart extends Omit<PartInit, "headers"> {
  readonly headers?: Record<string, string>;
  /** The form in which the body is passed. By default it is passed as it is. */
  readonly as?: "stream" | "file" | "iterable";
  /** The name on the wire, where it differs. */
  readonly wireName?: string;
  readonly wireFilename?: string;
}

/** Composes a multipart part by part. */
export class Composer {
  readonly writer: MultipartWriter;
  /** The leaves, including those of nested multiparts. */
  readonly parts: SentPart[] = [];
  readonly #path: readonly number[];
  readonly #isForm: boolean;

  constructor(
    subtype: string,
    options: MultipartWriterOptions = {},
    path: readonly number[] = [],
  ) {
    this.writer = new MultipartWriter(subtype, options);
    this.#path = path;
    this.#isForm = subtype === "form-data";
  }

  /** Adds a leaf. */
  add(body: string | Uint8Array<ArrayBuffer>, part: ComposedPart = {}): this {
    const { as, wireName, wireFilename, ...init } = part;
    const content = typeof body === "string" ? utf8(body) : body;
    const isText = typeof body === "string" && as === undefined;
    // In a form, text has no type, and any other body has a filename.
    const textType = this.#isForm && init.filename === undefined
      ? ""
      : "text/plain; charset=utf-8";
    const type = init.type ?? init.headers?.["content-type"] ??
      (isText ? textType : "application/octet-stream");
    const unnamed = this.#isForm && !isText && as !== "file"
      ? "blob"
      : undefined;
    this.parts.push({
      path: [...this.#path, this.writer.length],
      name: wireName ?? init.name,
      filename: wireFilename ?? init.filename ?? unnamed,
      type: essenceOf(type),
      headers: {
        ...(init.contentId ? { "content-id": `<${init.contentId}>` } : {}),
        ...init.headers,
        ...(type === "" ? {} : { "content-type": type }),
      },
      content,
    });
    this.writer.append(
      as === "stream"
        ? streamOf(slices(content))
        : as === "iterable"
        ? iterableOf(content)
        : as === "file"
        ? new File([content], init.filename ?? "", { type })
        : body,
      init,
    );
    return this;
  }

  /** Adds a multipart. */
  nest(
    subtype: string,
    options: MultipartWriterOptions,
    fill: (inner: Composer) => void,
    init: PartInit = {},
  ): this {
    const path = [...this.#path, this.writer.length];
    const inner = new Composer(subtype, options, path);
    fill(inner);
    this.parts.push(...inner.parts);
    this.writer.append(inner.writer, init);
    return this;
  }
}

/** Returns the media type without its parameters. */
export function essenceOf(type: string | undefined): string | undefined {
  const essence = type?.split(";", 1)[0]?.trim().toLowerCase();
  return essence === "" ? undefined : essence;
}

/** Cuts the body into uneven slices, which differ from a peer's chunks. */
function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size *= 3) {
    yield bytes.subarray(at, at + size);
  }
}

async function* iterableOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const slice of slices(bytes)) yield await Promise.resolve(slice);
}
