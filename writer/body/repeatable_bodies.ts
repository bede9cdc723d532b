/**
 * Bodies in memory, and Blobs, which can be written any number of times.
 *
 * @module
 */
import { StreamSource } from "../../wire/chunk_source.ts";
import { readBlob, streamBlob } from "../../wire/type_guards.ts";
import { SMALL_BODY } from "../part/block_builder.ts";
import type { Body, BodyPlan } from "../part/body_plan.ts";
import {
  labelOf,
  type OpenedBody,
  type PartLabel,
  SourceChunks,
} from "../part/body_reader.ts";
import { utf8Length } from "../part/text.ts";

/** Text, as UTF-8. */
export class TextBody implements Body, BodyPlan {
  readonly #text: string;
  readonly type: string | undefined;
  readonly isFile: boolean;
  readonly size: number;

  constructor(text: string, type?: string, isFile = false) {
    this.#text = text;
    this.type = type;
    this.isFile = isFile;
    this.size = utf8Length(text);
  }

  plan(): this {
    return this;
  }

  open(): OpenedBody {
    return this.#text;
  }

  segments(): BlobPart[] {
    return [this.#text];
  }
}

/** Bytes in memory, not copied. */
export class BytesBody implements Body, BodyPlan {
  readonly #bytes: Uint8Array;
  readonly isFile = true;
  readonly size: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  plan(): this {
    return this;
  }

  problem(): string | undefined {
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

/** A Blob or a File, of any realm. */
export class BlobBody implements Body, BodyPlan {
  readonly #blob: Blob;
  readonly type: string | undefined;
  readonly isFile = true;
  readonly size: number;

  constructor(blob: Blob) {
    this.#blob = blob;
    this.type = blob.type || undefined;
    this.size = blob.size;
  }

  plan(): this {
    return this;
  }

  get filename(): string | undefined {
    return "name" in this.#blob && typeof this.#blob.name === "string"
      ? this.#blob.name
      : undefined;
  }

  get isLive(): boolean {
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
 * Whether a Blob made from this one contains its bytes: the constructor takes a
 * Blob of another realm for text, and Bun leaves out those that refer to a
 * file.
 */
function isKeptWhole(blob: Blob): boolean {
  return blob instanceof Blob && new Blob([" ", blob]).size === blob.size + 1;
}
