/**
 * Bodies that are at hand, and can be written again and again.
 *
 * @module
 */
import { StreamSource } from "../../wire/chunk_source.ts";
import { readBlob, streamBlob } from "../../wire/type_guards.ts";
import { SMALL_BODY } from "../part/block_builder.ts";
import {
  type Body,
  type BodyPlan,
  NO_SOURCES,
  OCTET_STREAM,
} from "../part/body_plan.ts";
import {
  labelOf,
  type OpenedBody,
  type PartLabel,
  readerOf,
  SourceChunks,
} from "../part/body_reader.ts";
import { utf8Length } from "../part/text.ts";

/**
 * What is common to these. A form may have many fields: getters take no memory
 * in each of them, as members would.
 */
abstract class RepeatableBody {
  get defaultType(): string {
    return OCTET_STREAM;
  }

  get filename(): string | undefined {
    return undefined;
  }

  get isFile(): boolean {
    return true;
  }

  get keepsSize(): boolean {
    return true;
  }

  get repeatable(): boolean {
    return true;
  }

  get oneTimeSources(): readonly object[] {
    return NO_SOURCES;
  }

  get isLive(): boolean {
    return false;
  }

  plan(): this {
    return this;
  }

  problem(): string | undefined {
    return undefined;
  }
}

/** Text, as UTF-8. */
export class TextBody extends RepeatableBody implements Body, BodyPlan {
  readonly #text: string;
  readonly type: string | undefined;
  readonly size: number;

  readonly #isFile: boolean;

  constructor(text: string, type?: string, isFile = false) {
    super();
    this.#text = text;
    this.type = type;
    this.#isFile = isFile;
    this.size = utf8Length(text);
  }

  override get defaultType(): string {
    return "text/plain; charset=utf-8";
  }

  override get isFile(): boolean {
    return this.#isFile;
  }

  open(label: PartLabel): OpenedBody {
    return this.#text.length <= SMALL_BODY
      ? this.#text
      : readerOf(this.#text, labelOf(label));
  }

  segments(): BlobPart[] {
    return [this.#text];
  }
}

/** Bytes in memory, which stay the caller's. */
export class BytesBody extends RepeatableBody implements Body, BodyPlan {
  readonly #bytes: Uint8Array;
  readonly size: number;

  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  get type(): undefined {
    return undefined;
  }

  /** Many pass as they are, behind what is gathered: they may be detached till then. */
  override get keepsSize(): boolean {
    return this.size <= SMALL_BODY;
  }

  override problem(): string | undefined {
    return this.#bytes.length === this.size
      ? undefined
      : "its buffer has been detached or resized";
  }

  open(): OpenedBody {
    return this.#bytes;
  }

  segments(): BlobPart[] {
    // A Blob's constructor takes no bytes in shared memory.
    return [
      isUnshared(this.#bytes) ? this.#bytes : new Uint8Array(this.#bytes),
    ];
  }
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}

/** A Blob or a File, be it of another realm. */
export class BlobBody extends RepeatableBody implements Body, BodyPlan {
  readonly #blob: Blob;
  readonly type: string | undefined;
  readonly size: number;

  constructor(blob: Blob) {
    super();
    this.#blob = blob;
    this.type = blob.type || undefined;
    this.size = blob.size;
  }

  override get filename(): string | undefined {
    return "name" in this.#blob && typeof this.#blob.name === "string"
      ? this.#blob.name
      : undefined;
  }

  /** One that stands for a file on disk may turn out to have changed. */
  override get keepsSize(): boolean {
    return false;
  }

  override get isLive(): boolean {
    return this.size > SMALL_BODY;
  }

  open(label: PartLabel): OpenedBody | Promise<OpenedBody> {
    if (this.isLive) {
      return new SourceChunks(
        new StreamSource(streamBlob(this.#blob)),
        labelOf(label),
      );
    }
    return readBlob(this.#blob);
  }

  segments(): BlobPart[] | undefined {
    return isKeptWhole(this.#blob) ? [this.#blob] : undefined;
  }
}

/**
 * Whether a Blob that is made of this one and more holds its bytes. It would
 * take one of another realm for text, and Bun leaves out those that stand for a
 * file.
 */
function isKeptWhole(blob: Blob): boolean {
  return blob instanceof Blob && new Blob([" ", blob]).size === blob.size + 1;
}
