/** Hostile input of any size, and ways to measure what it costs. */
import { assert, assertInstanceOf, assertLessOrEqual } from "@std/assert";
import {
  MultipartError,
  type MultipartErrorCode,
  type MultipartEvent,
  type MultipartParser,
} from "@tributary/multipart";
import { fieldHead, utf8 } from "../bytes.ts";

export const KiB = 1024;
export const MiB = 1024 * KiB;

/** The size of a chunk that a connection gives. */
export const CHUNK_BYTES = 64 * KiB;

/** The Content-Types of a form and of another multipart. */
export const FORM = "multipart/form-data; boundary=b";
export const MIXED = "multipart/mixed; boundary=b";

/** The first delimiter and the head of a form's field. The body follows. */
export const OPEN_FIELD = `--b\r\n${fieldHead("a")}\r\n\r\n`;

/**
 * Repeats `piece` up to this many bytes. Each chunk is a new buffer: whatever
 * holds a piece of a chunk holds all of its memory.
 */
export function* repeated(
  piece: string | Uint8Array,
  bytes: number,
  chunkBytes: number = CHUNK_BYTES,
): Generator<Uint8Array<ArrayBuffer>> {
  const unit = typeof piece === "string" ? utf8(piece) : piece;
  const copies = Math.ceil(chunkBytes / unit.length) + 1;
  const pattern = new Uint8Array(copies * unit.length);
  for (let copy = 0; copy < copies; copy++) {
    pattern.set(unit, copy * unit.length);
  }
  for (let sent = 0; sent < bytes; sent += chunkBytes) {
    const start = sent % unit.length;
    yield pattern.slice(start, start + Math.min(chunkBytes, bytes - sent));
  }
}

/** The same as one chunk. */
export function repeatedWhole(
  piece: string | Uint8Array,
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const [chunk = new Uint8Array(0)] = repeated(piece, bytes, bytes);
  return chunk;
}

/** Yields text and chunks, one after another. */
export function* inTurn(
  ...pieces: (string | Iterable<Uint8Array>)[]
): Generator<Uint8Array> {
  for (const piece of pieces) {
    if (typeof piece === "string") yield utf8(piece);
    else yield* piece;
  }
}

/** Reads all events of an input, and passes each to `look`. */
export function readAll(
  parser: MultipartParser,
  chunks: Iterable<Uint8Array>,
  look: (event: MultipartEvent) => void = () => {},
): void {
  const iterator = chunks[Symbol.iterator]();
  for (;;) {
    const event = parser.next();
    look(event);
    if (event.type === "end") return;
    if (event.type !== "need-data") continue;
    const { done, value } = iterator.next();
    if (done) parser.end();
    else parser.push(value);
  }
}

/**
 * Returns the code of the error that an input causes, or `undefined` if it can
 * be read to its end.
 */
export function codeOf(
  parser: MultipartParser,
  chunks: Iterable<Uint8Array>,
  look?: (event: MultipartEvent) => void,
): MultipartErrorCode | undefined {
  try {
    readAll(parser, chunks, look);
    return undefined;
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    return error.code;
  }
}

/** Returns the error that a read throws, which must be a `MultipartError`. */
export async function errorOf(read: () => unknown): Promise<MultipartError> {
  try {
    await read();
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    return error;
  }
  throw new Error("Cannot give the error: the read went well");
}

/** How often both sizes are measured before the test fails. */
const ROUNDS = 80;

/** The median of fewer ratios than this means nothing. */
const WINDOW = 9;

/** In milliseconds. A clock cannot measure shorter runs. */
const SHORTEST_RUN = 5;

/**
 * Four doublings at once, so that a change of an engine's optimisation tier
 * between them weighs little.
 */
export const GROWTH_TIMES = 16;

/**
 * Each time the input doubles, its time may grow by a factor of 2.3. Work that
 * grows with the square of its input takes 256 times as long.
 */
const MOST_GROWTH = 2.3 ** 4;

/**
 * Asserts that sixteen times as much input takes about sixteen times as long.
 *
 * It compares two times of one run, never a time with a fixed limit. The small
 * input is read often enough that both should take equally long, and the two
 * alternate, so that other load on the machine slows both alike. They run until
 * the median of nine ratios is within bounds, or the ratio of the two fastest
 * runs is. For work that grows faster than its input, neither ever is. `work`
 * receives the number of the run, so that it can use different small inputs:
 * the processor's cache would hold a single one.
 */
export async function assertGrowth(
  work: (size: number, run: number) => unknown,
  { from }: { from: number },
  label?: string,
): Promise<void> {
  const times = GROWTH_TIMES;
  const time = async (size: number, runs: number): Promise<number> => {
    const start = await clock();
    for (let run = 0; run < runs; run++) await work(size, run);
    return await clock() - start;
  };
  await time(from, times);
  let runs = 1;
  let ratios: number[] = [];
  let [small, large, ratio] = [Infinity, Infinity, Infinity];
  while (ratios.length < ROUNDS && !(ratio <= MOST_GROWTH)) {
    const ofSmall = await time(from, runs * times);
    const ofLarge = await time(times * from, runs);
    if (Math.min(ofSmall, ofLarge) < SHORTEST_RUN) {
      runs *= 2;
      ratios = [];
      small = large = Infinity;
      continue;
    }
    ratios.push(times * ofLarge / ofSmall);
    small = Math.min(small, ofSmall);
    large = Math.min(large, ofLarge);
    ratio = times * large / small;
    if (ratios.length >= WINDOW) {
      ratio = Math.min(ratio, middle(ratios.slice(-WINDOW)));
    }
  }
  assertLessOrEqual(ratio, MOST_GROWTH, label);
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Cloudflare's Workers stop the clock while code runs. A turn updates it. */
async function clock(): Promise<number> {
  await turn();
  return performance.now();
}

/** Waits until timers and I/O have had a turn. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * The bytes in the heap and in buffers after garbage collection, or `undefined`
 * where the runtime does not report them, as in a Worker or a page.
 */
export async function heapBytes(): Promise<number | undefined> {
  const collect = findCollector();
  const usage = findMemoryUsage();
  if (collect === undefined || usage === undefined) return undefined;
  for (let round = 0; round < 2; round++) {
    await turn();
    collect();
  }
  return usage();
}

/** The largest growth of the heap, measured at each `note()`. */
export class HeapGrowth {
  #start: number | undefined;
  #most = 0;

  /** Measures the size to compare with. */
  async begin(): Promise<void> {
    this.#start = await heapBytes();
  }

  /** Measures again. */
  async note(): Promise<void> {
    if (this.#start === undefined) return;
    const now = await heapBytes();
    assert(now !== undefined);
    this.#most = Math.max(this.#most, now - this.#start);
  }

  /** In bytes. 0 where the runtime does not report its memory. */
  get most(): number {
    return this.#most;
  }
}

type Call = () => unknown;

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === "function";
}

function property(object: unknown, name: string): unknown {
  const isObject = typeof object === "object" && object !== null;
  return isObject || isFunction(object) ? Reflect.get(object, name) : undefined;
}

let collector: { readonly collect: Call | undefined } | undefined;

function findCollector(): Call | undefined {
  collector ??= { collect: makeCollector() };
  return collector.collect;
}

function makeCollector(): Call | undefined {
  const bun = property(property(globalThis, "Bun"), "gc");
  if (isFunction(bun)) return () => bun(true);
  const builtin = property(property(globalThis, "process"), "getBuiltinModule");
  if (!isFunction(builtin)) return undefined;
  const setFlags = property(builtin("node:v8"), "setFlagsFromString");
  const run = property(builtin("node:vm"), "runInNewContext");
  if (!isFunction(setFlags) || !isFunction(run)) return undefined;
  setFlags("--expose-gc");
  const collect = run("gc");
  return isFunction(collect) ? collect : undefined;
}

function findMemoryUsage(): (() => number) | undefined {
  const usage = property(property(globalThis, "process"), "memoryUsage");
  if (!isFunction(usage)) return undefined;
  return () => {
    const memory = usage();
    return Number(property(memory, "heapUsed")) +
      Number(property(memory, "external"));
  };
}
