/** Writes a multipart, and keeps what a peer has to find in it. */
import {
  MultipartWriter,
  type MultipartWriterOptions,
  type PartInit,
} from "@tributary/multipart";
import { streamOf, utf8 } from "../bytes.ts";

/** What stands in the matrix's columns. */
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
  /** As it stands on the wire: what a form percent-encodes stays so. */
  readonly name: string | undefined;
  readonly filename: string | undefined;
  /** The media type's essence. */
  readonly type: string | undefined;
  /** Fields of note, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body before any encoding. */
  readonly content: Uint8Array;
}

/** One body that peers read. */
export interface InteropCase {
  readonly id: string;
  readonly kind: Kind;
  /**
   * Composes it anew, since some bodies can be read just once; with this
   * boundary, if the case has none of its own.
   */
  compose(boundary?: string): Composer;
}

/** How a part is made, and what is seen of it where that is another thing. */
export interface ComposedPart extends Omit<PartInit, "headers"> {
  readonly headers?: Record<string, string>;
  /** What the body is handed over as; by default as it is. */
  readonly as?: "stream" | "file" | "iterable";
  /** The name on the wire, where it is not the same. */
  readonly wireName?: string;
  readonly wireFilename?: string;
}

/** Composes a multipart part by part. */
export class Composer {
  readonly writer: MultipartWriter;
  /** The leaves, those of the multiparts within it too. */
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
    // In a form text has no type, and all else a filename.
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

/** The media type without its parameters. */
export function essenceOf(type: string | undefined): string | undefined {
  const essence = type?.split(";", 1)[0]?.trim().toLowerCase();
  return essence === "" ? undefined : essence;
}

/** Uneven slices, so that no peer sees the body as it was cut here. */
function* slices(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size *= 3) {
    yield bytes.subarray(at, at + size);
  }
}

async function* iterableOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const slice of slices(bytes)) yield await Promise.resolve(slice);
}
