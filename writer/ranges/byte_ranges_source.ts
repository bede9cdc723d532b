import { StreamSource } from "../../wire/chunk_source.ts";
import { checkHeaderField } from "../../wire/header_block.ts";
import {
  bytesOf,
  isBlob,
  isReadableStream,
  streamBlob,
} from "../../wire/type_guards.ts";
import { OCTET_STREAM } from "../part/body_plan.ts";
import {
  type BodyReader,
  readLocal,
  SourceChunks,
} from "../part/body_reader.ts";
import type { ByteRangesOptions } from "../options.ts";
import { isEntityTag, type Validators } from "./preconditions.ts";
import type { ByteRange } from "./range_header.ts";

/**
 * The source of `byteRanges`: a Blob, or a function that returns the bytes from
 * `start` up to, but not including, `end`, like `slice`. It is called when the
 * bytes are needed, once per range and one range at a time, and must return
 * exactly these bytes.
 *
 * @example Return the bytes of a range on demand
 * ```ts
 * import { byteRanges, type ByteRangesSource } from "@tributary/multipart";
 *
 * const digits = new TextEncoder().encode("0123456789");
 * const source: ByteRangesSource = (start, end) => digits.slice(start, end);
 * const headers = { range: "bytes=7-" };
 * const request = new Request("http://localhost/", { headers });
 * const answer = byteRanges(request, source, { size: digits.length });
 * if (await answer.text() !== "789") throw new Error("expected 789");
 * ```
 */
export type ByteRangesSource =
  | Blob
  | ((
    start: number,
    end: number,
  ) =>
    | ReadableStream<Uint8Array>
    | Uint8Array
    | Promise<ReadableStream<Uint8Array> | Uint8Array>);

/** The selected representation (RFC 9110, section 3.2). */
export interface Representation {
  /** Opens the bytes of a range. */
  open(range: ByteRange): Promise<ReadableStream<Uint8Array> | Uint8Array>;
  readonly type: string;
  readonly size: number;
  readonly validators: Validators;
}

/**
 * Checks the caller's source and options.
 *
 * @throws {TypeError} If the type cannot be written, `etag` is not an entity-tag,
 * or the size is unknown.
 * @throws {RangeError} If the size is invalid, or not the Blob's, or
 * `lastModified` is not a time.
 */
export function describeSource(
  source: ByteRangesSource,
  options: ByteRangesOptions,
): Representation {
  const { etag } = options;
  const isStored = isBlob(source);
  if (!isStored && typeof source !== "function") {
    throw new TypeError(
      "Cannot answer: the source is neither a Blob nor a function",
    );
  }
  if (etag !== undefined && !isEntityTag(etag)) {
    throw new TypeError(
      `Cannot answer with etag ${
        JSON.stringify(etag).slice(0, 80)
      }: an entity-tag has quotes around it, and no space in them`,
    );
  }
  const type = options.type || (isStored && source.type) ||
    OCTET_STREAM;
  return {
    // A Blob is streamed: if it is a file, Bun would apply the Range field once
    // more, and send a range of the range.
    open: isStored
      ? ({ start, end }) =>
        Promise.resolve(streamBlob(source.slice(start, end)))
      : async ({ start, end }) => checkBytes(await source(start, end)),
    type: checkHeaderField("content-type", type)[1],
    size: resolveSize(options.size, isStored ? source.size : undefined),
    validators: { etag, lastModified: checkTime(options.lastModified) },
  };
}

function resolveSize(stated: number | undefined, own: number | undefined) {
  const size = stated ?? own;
  if (size === undefined) {
    throw new TypeError(
      "Cannot answer: a source that is not a Blob needs a size",
    );
  }
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`Cannot answer with size ${size}: it is not a size`);
  }
  if (own !== undefined && own !== size) {
    throw new RangeError(
      `Cannot answer with size ${size}: the Blob has ${own} bytes`,
    );
  }
  return size;
}

/** In milliseconds, rounded down to whole seconds. */
function checkTime(time: Date | number | undefined): number | undefined {
  if (time === undefined) return undefined;
  const date = new Date(time);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) {
    throw new RangeError(
      `Cannot answer with lastModified ${
        Number(time)
      }: it is not a time of the years 0 to 9999`,
    );
  }
  // Section 8.8.2.1: the date must not be later than the response.
  return Math.floor(Math.min(date.getTime(), Date.now()) / 1000) * 1000;
}

function checkBytes(
  given: ReadableStream<Uint8Array> | Uint8Array,
): ReadableStream<Uint8Array> | Uint8Array {
  const bytes = isReadableStream(given) ? given : bytesOf(given);
  if (bytes) return bytes;
  throw new TypeError(
    "Cannot send a range: the source gave neither bytes nor a ReadableStream",
  );
}

/**
 * Reads the bytes of a range, exactly as many as requested. Opens them on the
 * first read.
 */
export class RangeReader implements BodyReader {
  readonly #open: () => Promise<BodyReader>;
  #reader: BodyReader | undefined;
  #isCancelled = false;

  constructor({ open }: Representation, range: ByteRange) {
    const { start, end } = range;
    const label = `the range ${start}-${end - 1}`;
    this.#open = async () => {
      const bytes = await open(range);
      const reader = bytes instanceof Uint8Array
        ? readLocal([bytes], label)
        : new SourceChunks(new StreamSource(bytes), label);
      return reader.expect(end - start);
    };
  }

  async read(): Promise<Uint8Array | null> {
    const reader = this.#reader ??= await this.#open();
    // The reader may have been cancelled in the meantime.
    if (this.#isCancelled) await reader.cancel(undefined);
    for (;;) {
      if (this.#isCancelled) return null;
      const chunk = await reader.read();
      if (chunk === null || chunk.length > 0) return chunk;
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isCancelled = true;
    await this.#reader?.cancel(reason);
  }
}
