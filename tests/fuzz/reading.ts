/** Reads an input as a caller would, in one of many ways. */
import {
  MultipartDecoderStream,
  MultipartReader,
  type MultipartReaderInit,
  type PartReader,
} from "@tributary/multipart";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import * as fc from "fast-check";
import { latin1, streamOf } from "../bytes.ts";
import { withByteStreams } from "../platform.ts";
import type { Sample } from "./bodies.ts";
import { chunksOf, type Delivery } from "./chunking.ts";
import {
  byteString,
  describeError,
  describeHead,
  type Outcome,
} from "./outcome.ts";

/** The kind of source that the chunks are made into. */
export type SourceKind = "stream" | "asynchronous" | "synchronous";

/** What a consumer does with a part. */
export type Plan =
  | "iterate"
  | "bytes"
  | "text"
  | "lines"
  | "pieces"
  | "stream"
  | "byob"
  | "chunk, then bytes"
  | "line, then stream"
  | "chunk, then leave"
  | "stream, then cancel"
  | "stream, then leave"
  | "skip"
  | "leave";

export const sourceKinds: fc.Arbitrary<SourceKind> = fc.constantFrom(
  "stream",
  "asynchronous",
  "synchronous",
);

export const plans: fc.Arbitrary<readonly Plan[]> = fc.array(
  fc.constantFrom<Plan>(
    "iterate",
    "bytes",
    "text",
    "lines",
    "pieces",
    "stream",
    "byob",
    "chunk, then bytes",
    "line, then stream",
    "chunk, then leave",
    "stream, then cancel",
    "stream, then leave",
    "skip",
    "leave",
  ),
  { minLength: 1, maxLength: 4 },
);

/** A part as a consumer saw it. */
export interface SeenPart {
  readonly head: string;
  readonly plan: Plan;
  /** The bytes that were read: all of them, or the first ones. */
  data: string;
  /** Whether it was read to its end. */
  isComplete: boolean;
}

/** Everything that a consumer saw. */
export interface Seen {
  readonly parts: SeenPart[];
  readonly ending: string;
}

/** Opens an input. Chunks are made on demand. */
export function open(
  { text, options }: Sample,
  delivery: Delivery,
  kind: SourceKind,
  more: MultipartReaderInit = {},
): MultipartReader {
  const chunks = chunksOf(latin1(text), delivery);
  const source = kind === "synchronous"
    ? chunks
    : kind === "stream"
    ? streamOf(chunks)
    : (async function* () {
      yield* chunks;
    })();
  return new MultipartReader(source, { ...options, ...more });
}

/** Reads all parts, each by the next of the plans. */
export async function read(
  reader: MultipartReader,
  plans: readonly Plan[],
  mostParts: number,
): Promise<Seen> {
  const parts: SeenPart[] = [];
  try {
    for (;;) {
      const { done, value: part } = await reader.next();
      if (done) break;
      assert(parts.length < mostParts, "too many parts");
      const plan = plans[parts.length % plans.length];
      const seen = {
        head: describeHead(part),
        plan,
        data: "",
        isComplete: false,
      };
      parts.push(seen);
      await follow(plan, part, seen);
    }
  } catch (error) {
    const ending = describeError(error);
    assertStrictEquals(await assertRejects(() => reader.next()), error);
    assertEquals(reader.partsRead, parts.length);
    return { parts, ending };
  }
  assertEquals((await reader.next()).done, true);
  assert(reader.done);
  assertEquals(reader.partsRead, parts.length);
  return { parts, ending: "end" };
}

async function follow(
  plan: Plan,
  part: PartReader,
  seen: SeenPart,
): Promise<void> {
  const note = (bytes: Uint8Array): void => {
    assert(bytes.length > 0, "an empty chunk");
    seen.data += byteString(bytes);
  };
  const all = { maxBytes: Infinity };
  switch (plan) {
    case "leave":
      return;
    case "skip":
      await part.skip();
      assert(part.done);
      return;
    case "chunk, then leave": {
      const chunk = await part.readChunk();
      if (chunk !== null) note(chunk);
      return;
    }
    case "stream, then cancel":
    case "stream, then leave": {
      const reader = part.body.getReader();
      const { done, value } = await reader.read();
      if (!done) note(value);
      if (plan === "stream, then cancel") await reader.cancel();
      else reader.releaseLock();
      return;
    }
    case "iterate":
      for await (const chunk of part) note(chunk);
      break;
    case "bytes":
      seen.data = byteString(await part.bytes(all));
      break;
    case "text":
      seen.data = await part.text({ charset: "utf-8", ...all });
      break;
    case "lines":
      for (;;) {
        const line = await part.readLine(all);
        if (line === null) break;
        const end = line.indexOf(0x0a);
        assert(end < 0 || end === line.length - 1, "more than a line");
        note(line);
      }
      break;
    case "pieces":
      for (let size = 1;; size = size % 7 + 1) {
        const piece = await part.readChunk(size);
        if (piece === null) break;
        assert(piece.length <= size);
        note(piece);
      }
      break;
    case "chunk, then bytes": {
      const chunk = await part.readChunk();
      if (chunk !== null) note(chunk);
      seen.data += byteString(await part.bytes(all));
      break;
    }
    case "line, then stream": {
      const line = await part.readLine(all);
      if (line !== null) note(line);
      await readStream(part.body, note);
      break;
    }
    case "stream":
      await readStream(part.body, note);
      break;
    case "byob": {
      const open = () => part.stream({ type: "bytes" });
      let isRead = false;
      await withByteStreams(open, async () => {
        await readIntoBuffers(open(), note);
        isRead = true;
      });
      if (!isRead) await readStream(part.body, note);
      break;
    }
  }
  assert(part.done, plan);
  seen.isComplete = true;
}

async function readStream(
  stream: ReadableStream<Uint8Array>,
  note: (bytes: Uint8Array) => void,
): Promise<void> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    note(value);
  }
  reader.releaseLock();
}

async function readIntoBuffers(
  stream: ReadableStream<Uint8Array>,
  note: (bytes: Uint8Array) => void,
): Promise<void> {
  const reader = stream.getReader({ mode: "byob" });
  for (let size = 1;; size = size % 7 + 1) {
    const { done, value } = await reader.read(new Uint8Array(size));
    if (done) break;
    assert(value.length <= size);
    note(value);
  }
  reader.releaseLock();
}

/** Asserts that a consumer saw what the parser found. */
export function assertSeen(seen: Seen, found: Outcome, isForm: boolean): void {
  assertEquals(seen.ending, found.ending);
  // Both end at an error, even one in a part that the consumer skips.
  assertEquals(
    seen.parts.map(({ head }) => head),
    found.parts.map(({ head }) => head),
  );
  for (const [index, { plan, data, isComplete }] of seen.parts.entries()) {
    const part = found.parts[index];
    if (plan === "text") {
      if (!isComplete) continue;
      const decoder = new TextDecoder("utf-8", { ignoreBOM: isForm });
      assertEquals(data, decoder.decode(latin1(part.data)), plan);
    } else if (isComplete) assertEquals(data, part.data, plan);
    else assert(part.data.startsWith(data), plan);
    if (isComplete) assert(part.isComplete, plan);
    if (plan === "iterate") assertEquals(data, part.data, "up to the error");
  }
}

/** Reads an input that is written to a `MultipartDecoderStream`. */
export async function readThrough(
  { text, options }: Sample,
  delivery: Delivery,
): Promise<Seen> {
  const transform = new MultipartDecoderStream({ ...options, decode: false });
  const chunks = streamOf(chunksOf(latin1(text), delivery));
  const reader = chunks.pipeThrough(transform).getReader();
  const parts: SeenPart[] = [];
  try {
    for (;;) {
      const { done, value: part } = await reader.read();
      if (done) break;
      const head = describeHead(part);
      const seen: SeenPart = {
        head,
        plan: "iterate",
        data: "",
        isComplete: false,
      };
      parts.push(seen);
      await follow("iterate", part, seen);
    }
  } catch (error) {
    const ending = describeError(error);
    assertStrictEquals(await assertRejects(() => reader.read()), error);
    return { parts, ending };
  }
  await reader.closed;
  return { parts, ending: "end" };
}
