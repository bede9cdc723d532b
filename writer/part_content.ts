import { excerpt } from "../wire/errors.ts";
import { checkHeaderField, type HeaderField } from "../wire/header_block.ts";
import { type Content, sourceOf } from "./assembly.ts";
import type { Body } from "./body.ts";
import { type ByteSource, MeasuredSource } from "./byte_source.ts";
import {
  type BodyEncodings,
  encodedSize,
  encodeSource,
  NO_ENCODINGS,
  parseEncodings,
} from "./encodings.ts";
import { makeFields, type PartInit, type PartPlace } from "./part_fields.ts";
import { formatPartHead, type MeasuredPart } from "./serializer.ts";

/** A part's fields and body, until it is written. */
export class PartContent implements MeasuredPart {
  readonly #place: PartPlace;
  readonly #body: Body;
  readonly #statedSize: number | undefined;
  readonly #name: string | undefined;
  /** The fields at first: `Headers` are costly, and most parts need none. */
  #fields: readonly HeaderField[] = [];
  #headers: Headers | undefined;
  /** What the fields ask for at first. */
  readonly #encodings: BodyEncodings;

  constructor(body: Body, init: PartInit, place: PartPlace) {
    this.#place = place;
    this.#body = body;
    this.#name = init.name;
    this.#statedSize = checkSize(init.size, body.size);
    if (body.forwarded === undefined && init.headers === undefined) {
      this.#fields = makeFields(body, init, place, () => false);
    } else {
      const headers = new Headers(body.forwarded);
      new Headers(init.headers).forEach((value, name) => {
        headers.set(name, value);
      });
      const fields = makeFields(body, init, place, (name) => headers.has(name));
      for (const [name, value] of fields) headers.set(name, value);
      if (init.type === "") headers.delete("content-type");
      checkedFields(headers);
      this.#headers = headers;
    }
    this.#encodings = this.#parseEncodings();
  }

  /** The live fields. */
  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#headers = new Headers();
      for (const [name, value] of this.#fields) this.#headers.set(name, value);
    }
    return this.#headers;
  }

  get repeatable(): boolean {
    return this.#body.repeatable;
  }

  get isLive(): boolean {
    return this.#body.isLive;
  }

  /** Bytes of the body as written. */
  get size(): number | undefined {
    return encodedSize(this.#bodySize, this.#currentEncodings);
  }

  /** The fields as written, in order of their names. */
  get fields(): readonly HeaderField[] {
    if (this.#body.forwarded !== undefined) {
      const fields = checkedFields(this.headers);
      return this.#place.isForm
        ? fields.filter(([name]) => name !== "content-length")
        : fields;
    }
    const fields = this.#headers === undefined
      ? this.#fields
      : checkedFields(this.#headers);
    if (!fields.some(([name]) => name === "content-length")) return fields;
    const length = this.#contentLength;
    return fields.flatMap((field) =>
      field[0] !== "content-length"
        ? [field]
        : length === undefined
        ? []
        : [[field[0], `${length}`]]
    );
  }

  /** The head of the part in a multipart with this boundary. */
  formatHead(boundary: string): string {
    return formatPartHead(boundary, this.fields);
  }

  /**
   * Says why the part cannot be written, if it cannot.
   *
   * @throws {TypeError} If its body has been read, or its fields are wrong.
   */
  assertWritable(): void {
    const { transfer } = this.#currentEncodings;
    if (this.#headers !== undefined) checkedFields(this.#headers);
    if (this.#body.isMultipart && transfer !== undefined) {
      throw this.#misuse(`a multipart cannot be in ${transfer}`);
    }
    if (this.#place.isForm && !this.#has("content-disposition")) {
      throw this.#misuse("a part of a form needs a name");
    }
    this.#assertForwardedAsItIs();
    const problem = this.#body.problem();
    if (problem !== undefined) throw this.#misuse(`its body: ${problem}`);
  }

  /** A forwarded body keeps its encodings, so what the fields say must stay. */
  #assertForwardedAsItIs(): void {
    const { forwarded } = this.#body;
    if (forwarded === undefined) return;
    for (const name of ["content-encoding", "content-transfer-encoding"]) {
      if ((this.#get(name) ?? null) !== forwarded.get(name)) {
        throw this.#misuse(`it is forwarded, and its ${name} was changed`);
      }
    }
  }

  /** Opens the body, with its encodings applied. */
  open(): Content | Promise<Content> {
    const problem = this.#body.problem();
    if (problem !== undefined) throw this.#misuse(`its body: ${problem}`);
    const content = this.#body.open();
    if (!this.#isChanged) return content;
    return content instanceof Promise
      ? content.then((opened) => this.#change(opened))
      : this.#change(content);
  }

  /** The body for a Blob's constructor, if nothing has to be read for it. */
  segments(): BlobPart[] | undefined {
    this.assertWritable();
    // A Blob holds to its size by itself.
    const isEncoded = Object.values(this.#currentEncodings).some((encoding) =>
      encoding !== undefined
    );
    return isEncoded || this.#statedSize !== undefined
      ? undefined
      : this.#body.segments?.();
  }

  get #bodySize(): number | undefined {
    return this.#body.size ?? this.#statedSize;
  }

  /** What Content-Length says: in a form, or with an encoding, nothing. */
  get #contentLength(): number | undefined {
    if (this.#place.isForm) return undefined;
    const { compression, transfer } = this.#currentEncodings;
    return compression === undefined && transfer === undefined
      ? this.#bodySize
      : undefined;
  }

  /** Whether what is written is not just what the body gives. */
  get #isChanged(): boolean {
    const { compression, transfer } = this.#currentEncodings;
    return compression !== undefined || transfer !== undefined ||
      this.#measuredSize !== undefined;
  }

  /**
   * What the body is held to, where it is not at hand: a Content-Length that it
   * broke would make the peer take the rest for something else.
   */
  get #measuredSize(): number | undefined {
    if (this.#statedSize !== undefined) return this.#statedSize;
    if (this.#body.forwarded === undefined) {
      return this.#body.isLive ? this.#body.size : undefined;
    }
    const length = this.#place.isForm ? undefined : this.#get("content-length");
    return length !== undefined && /^[0-9]{1,15}$/.test(length)
      ? Number(length)
      : undefined;
  }

  #change(content: Content): ByteSource {
    const source = sourceOf(content);
    const size = this.#measuredSize;
    const measured = size === undefined
      ? source
      : new MeasuredSource(source, size, this.#label);
    return encodeSource(measured, this.#currentEncodings);
  }

  get #currentEncodings(): BodyEncodings {
    return this.#headers === undefined
      ? this.#encodings
      : this.#parseEncodings();
  }

  #parseEncodings(): BodyEncodings {
    if (this.#body.forwarded !== undefined) return NO_ENCODINGS;
    return parseEncodings(
      this.#get("content-encoding"),
      this.#get("content-transfer-encoding"),
    );
  }

  #has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  #get(name: string): string | undefined {
    if (this.#headers !== undefined) {
      return this.#headers.get(name) ?? undefined;
    }
    return this.#fields.find(([fieldName]) => fieldName === name)?.[1];
  }

  get #label(): string {
    const { index } = this.#place;
    return this.#name === undefined
      ? `part ${index}`
      : `part ${index}, ${excerpt(JSON.stringify(this.#name).slice(1, -1))}`;
  }

  #misuse(state: string): TypeError {
    return new TypeError(`Cannot write ${this.#label}: ${state}`);
  }
}

/** Returns the size that counts for a body that does not say its own. */
function checkSize(
  stated: number | undefined,
  known: number | undefined,
): number | undefined {
  if (stated === undefined) return undefined;
  if (!Number.isSafeInteger(stated) || stated < 0) {
    throw new RangeError(
      `Cannot use ${stated} as size: it is not a whole number from 0`,
    );
  }
  if (known === undefined || known === stated) {
    return known === undefined ? stated : undefined;
  }
  throw new RangeError(
    `Cannot use ${stated} as size: the body has ${known} bytes`,
  );
}

/** The fields of a `Headers`, checked whatever this runtime lets into one. */
function checkedFields(headers: Headers): HeaderField[] {
  const fields: HeaderField[] = [];
  headers.forEach((value, name) => fields.push(checkHeaderField(name, value)));
  return fields;
}
