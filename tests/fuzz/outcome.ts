/** The result of parsing an input, in a form that can be compared. */
import {
  MultipartError,
  MultipartParser,
  type PartHead,
} from "@tributary/multipart";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { latin1 } from "../bytes.ts";
import type { Sample } from "./bodies.ts";
import { chunksOf, type Delivery } from "./chunking.ts";

/** A part, as far as it was read. */
export interface PartOutcome {
  /** Everything that the head contains. */
  readonly head: string;
  /** A byte string. */
  data: string;
  /** Whether its delimiter was read. */
  isComplete: boolean;
  /** The parser's position after the head, and after the delimiter. */
  readonly offsets: number[];
}

/** Everything that was read, and how it ended. */
export interface Outcome {
  readonly parts: PartOutcome[];
  /** `end`, or the error's fields. */
  readonly ending: string;
}

/** Returns the bytes with one character per byte. */
export function byteString(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Returns everything that a head contains. */
export function describeHead(
  head: Omit<PartHead, "blobType" | "parsedType">,
): string {
  return JSON.stringify([
    head.index,
    head.name,
    head.filename,
    head.contentType,
    head.mediaType,
    head.charset,
    head.contentLength,
    head.contentId,
    head.contentRange,
    head.transferEncoding,
    head.contentEncoding,
    head.isFile,
    head.isMultipart,
    [...head.headers],
  ]);
}

/** Returns the fields of a reader's error. Any other error is a failure. */
export function describeError(error: unknown): string {
  assertInstanceOf(error, MultipartError, String(error));
  const { code, status, message, offset, partIndex } = error;
  assert(message.length <= 256, message);
  // deno-lint-ignore no-control-regex
  assert(!/[\u0000-\u001f\u007f-\u009f]/.test(message), message);
  return JSON.stringify({ code, status, message, offset, partIndex });
}

/** Parses an input, and checks that it takes a bounded number of steps. */
export function parse(
  { text, options }: Sample,
  delivery: Delivery,
): Outcome {
  const chunks = chunksOf(latin1(text), delivery);
  const parser = new MultipartParser(options);
  const parts: PartOutcome[] = [];
  let chunkCount = 0;
  let steps = 0;
  try {
    for (;;) {
      const event = parser.next();
      // Each byte makes at most two events, and each chunk one request for the
      // next.
      assert(++steps <= 2 * text.length + 2 * chunkCount + 8, "too many steps");
      assert(parser.offset <= text.length);
      if (event.type === "end") break;
      if (event.type === "need-data") {
        const { done, value } = chunks.next();
        if (done) parser.end();
        else parser.push(value);
        chunkCount++;
      } else if (event.type === "part") {
        parts.push({
          head: describeHead(event.head),
          data: "",
          isComplete: false,
          offsets: [parser.offset],
        });
      } else {
        const part = parts.at(-1);
        assert(part !== undefined && !part.isComplete, event.type);
        if (event.type === "data") {
          assert(event.data.length > 0, "an empty view");
          part.data += byteString(event.data);
        } else {
          part.isComplete = true;
          part.offsets.push(parser.offset);
        }
      }
    }
  } catch (error) {
    let again: unknown;
    try {
      parser.next();
    } catch (thrown) {
      again = thrown;
    }
    assertStrictEquals(again, error);
    return { parts, ending: describeError(error) };
  }
  assertStrictEquals(parser.next().type, "end");
  return { parts, ending: "end" };
}

/** The same as `assertEquals`, but much faster if the values are equal. */
export function assertSame<T>(actual: T, expected: T): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  assertEquals(actual, expected);
  throw new Error("Cannot compare: JSON tells apart what is equal");
}
