/**
 * Collects bodies, lines and pieces from chunks, within a limit. An available
 * body needs no promise.
 *
 * @module
 */
import { ByteBuilder } from "../../wire/byte_builder.ts";
import { LF } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import { isPromise } from "../../wire/type_guards.ts";
import { type Chunks, doNothing } from "./chunks.ts";

/** The most bytes to hold. */
export interface CollectLimit {
  readonly maxBytes: number;
  /** The name of the limit or option that set it. */
  readonly limitName: "bufferedBytes" | "maxBytes";
  /** The part's index, for errors. */
  readonly partIndex: number;
}

/** Collects chunks into one value. */
export interface Collector<T> {
  /**
   * Adds a chunk.
   *
   * @param isKept Whether it stays valid until `take` is called.
   */
  add(chunk: Uint8Array, isKept: boolean): void;
  take(): T;
}

/** A type of value to read a whole body as. */
export interface WholeKind<T> {
  /** Converts a body that is available as a whole. */
  of(bytes: Uint8Array): T;
  /** Creates its collector. */
  collector(): Collector<T>;
}

/** Reads to the end, and collects all chunks. */
export function collect<T>(
  chunks: Chunks,
  limit: CollectLimit,
  collector: Collector<T>,
): T | Promise<T> {
  const room = takeAtHand(chunks, limit, limit.maxBytes, collector);
  return room === undefined
    ? collector.take()
    : collectBehind(chunks, limit, room, collector);
}

/** Reads `size` bytes, or the rest; `null` at the end. */
export async function collectPiece(
  chunks: Chunks,
  size: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const piece = new ByteBuilder();
  while (piece.length < size) {
    let chunk = chunks.read();
    if (isPromise(chunk)) chunk = await chunk;
    if (chunk === null) break;
    const wanted = size - piece.length;
    piece.add(chunk.subarray(0, wanted));
    chunks.unread(chunk.subarray(wanted));
  }
  return piece.length === 0 ? null : piece.take();
}

/** Reads up to and including the next LF, or the rest; `null` at the end. */
export async function collectLine(
  chunks: Chunks,
  limit: CollectLimit,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const line = new ByteBuilder();
  for (;;) {
    let chunk = chunks.read();
    if (isPromise(chunk)) chunk = await chunk;
    if (chunk === null) break;
    const end = chunk.indexOf(LF) + 1;
    const wanted = end === 0 ? chunk.length : end;
    checkRoom(limit.maxBytes - line.length - wanted, limit);
    line.add(chunk.subarray(0, wanted));
    chunks.unread(chunk.subarray(wanted));
    if (end > 0) break;
  }
  return line.length === 0 ? null : line.take();
}

async function collectBehind<T>(
  chunks: Chunks,
  limit: CollectLimit,
  room: number | undefined,
  collector: Collector<T>,
): Promise<T> {
  while (room !== undefined) {
    await chunks.fill(doNothing);
    room = takeAtHand(chunks, limit, room, collector);
  }
  return collector.take();
}

/**
 * Takes the available bytes, and returns how much room is left; `undefined` at
 * the end.
 */
function takeAtHand(
  chunks: Chunks,
  limit: CollectLimit,
  room: number,
  collector: Collector<unknown>,
): number | undefined {
  for (;;) {
    const chunk = chunks.poll();
    if (chunk === undefined) return room;
    if (chunk === null) return undefined;
    room -= chunk.length;
    checkRoom(room, limit);
    collector.add(chunk, chunks.areKept);
  }
}

/** @throws {MultipartError} `part-too-large`, if the limit is exceeded. */
export function checkRoom(
  room: number,
  { maxBytes, limitName, partIndex }: CollectLimit,
): void {
  if (room >= 0) return;
  throw new MultipartError(
    "part-too-large",
    `Cannot hold the body of part ${partIndex}: it has more than ${maxBytes} bytes`,
    { partIndex, limit: limitName },
  );
}
