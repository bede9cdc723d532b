/** Hostile input of any size, and ways to see what it costs. */
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

/** What a connection gives at a time. */
export const CHUNK_BYTES = 64 * KiB;

/** The Content-Type of a form, and of any other multipart. */
export const FORM = "multipart/form-data; boundary=b";
export const MIXED = "multipart/mixed; boundary=b";

/** The first delimiter and the head of a form's field: its body follows. */
export const OPEN_FIELD = `--b\r\n${fieldHead("a")}\r\n\r\n`;

/**
 * `piece` over and over, so many bytes in all. No chunk is used twice: whatever
 * is held of one holds all of its memory.
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

/** One chunk of `repeated`. */
export function repeatedWhole(
  piece: string | Uint8Array,
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const [chunk = new Uint8Array(0)] = repeated(piece, bytes, bytes);
  return chunk;
}

/** Text and chunks, one after another. */
export function* inTurn(
  ...pieces: (string | Iterable<Uint8Array>)[]
): Generator<Uint8Array> {
  for (const piece of pieces) {
    if (typeof piece === "string") yield utf8(piece);
    else yield* piece;
  }
}

/** Takes all events of an input, and hands each to `look`. */
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

/** The code that an input fails with, or `undefined` if it is read to its end. */
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

/** What a read fails with, which has to be a `MultipartError`. */
export async function errorOf(read: () => unknown): Promise<MultipartError> {
  try {
    await read();
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    return error;
  }
  throw new Error("Cannot give the error: the read went well");
}

/** How often both sizes are run before their growth is held to be what it is. */
const ROUNDS = 80;

/** Of fewer ratios the middle one may be anything. */
const WINDOW = 9;

/** Milliseconds; in less a clock tells nothing. */
const SHORTEST_RUN = 5;

/** Four doublings at once: an engine that changes gear in between weighs little. */
export const GROWTH_TIMES = 16;

/**
 * Each time the input doubles, its time may grow 2.3 times. Work that grows with
 * the square of its input takes 256 times as long.
 */
const MOST_GROWTH = 2.3 ** 4;

/**
 * Asserts that sixteen times as much input takes some sixteen times the time.
 *
 * A ratio of two times in one run, never a time. The small input is read so
 * many times that both should take equally long, and they are run in turn:
 * whatever else the machine does then slows both alike. They are run until the
 * middle one of nine ratios is within bounds, or that of the two least disturbed
 * runs is; for work that grows faster than its input, neither ever is. `work` is
 * told which run it is, so that the small inputs need not be the same one, which
 * a processor's cache would hold.
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

/** Cloudflare's Workers stop the clock while code runs: a turn sets it. */
async function clock(): Promise<number> {
  await turn();
  return performance.now();
}

/** Lets timers and I/O have their turn. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * What the heap and the buffers hold once all garbage is gone, or `undefined`
 * where a runtime does not tell: a Worker or a page cannot know.
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

/** The most that the heap has grown by, at each `note()`. */
export class HeapGrowth {
  #start: number | undefined;
  #most = 0;

  /** Takes the measure that the growth is told from. */
  async begin(): Promise<void> {
    this.#start = await heapBytes();
  }

  /** Measures once more. */
  async note(): Promise<void> {
    if (this.#start === undefined) return;
    const now = await heapBytes();
    assert(now !== undefined);
    this.#most = Math.max(this.#most, now - this.#start);
  }

  /** In bytes; 0 where a runtime does not tell. */
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
