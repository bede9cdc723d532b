import { randomBoundary } from "../../wire/boundary.ts";
import { fromByteString } from "../../wire/bytes.ts";
import { checkHeaderField, type HeaderField } from "../../wire/header_block.ts";
import { bytesOf, isBlob } from "../../wire/type_guards.ts";
import type { MixedReplaceOptions } from "../options.ts";
import {
  checkWrittenBoundary,
  formatClose,
  formatMultipartType,
  formatPartHead,
  LINE_BREAK,
} from "../part/serializer.ts";

/**
 * A frame: its bytes, or a `Blob` of them, whose type is then the frame's.
 *
 * @example Publish frames of any kind
 * ```ts
 * import { FrameBroadcast, type MixedReplaceFrame } from "@tributary/multipart";
 *
 * const frames: MixedReplaceFrame[] = [
 *   new Uint8Array([0xff, 0xd8]),
 *   new Blob(["<svg/>"], { type: "image/svg+xml" }),
 * ];
 * const broadcast = new FrameBroadcast();
 * for (const frame of frames) broadcast.publish(frame);
 * broadcast.close();
 * ```
 */
export type MixedReplaceFrame = ArrayBuffer | ArrayBufferView | Blob;

/** The bytes of a live view, and the header fields of its response. */
export class FrameFormat {
  readonly headers: Headers;
  /** What goes out before the first frame, if anything does. */
  readonly opening: Uint8Array | undefined;
  /** What goes out behind the last one. */
  readonly closing: Uint8Array;
  readonly #boundary: string;
  readonly #type: string;

  /**
   * Checks what the caller gave.
   *
   * @throws {TypeError} If the boundary, the type or a field cannot be written.
   */
  constructor(options: MixedReplaceOptions) {
    const { boundary, type = "image/jpeg", eager = false, headers } = options;
    this.#boundary = boundary === undefined
      ? randomBoundary()
      : checkWrittenBoundary(boundary);
    this.#type = checkHeaderField("content-type", type)[1];
    this.headers = new Headers(headers);
    for (const [name, value] of LIVE_FIELDS) {
      if (!this.headers.has(name)) this.headers.set(name, value);
    }
    this.headers.delete("content-length");
    this.headers.set(
      "content-type",
      formatMultipartType("x-mixed-replace", this.#boundary, {}),
    );
    const close = formatClose(this.#boundary);
    this.opening = eager
      ? fromByteString(formatPartHead(this.#boundary, typeFields(this.#type)))
      : undefined;
    // The part whose head is out has to end, and what ends it is a whole line.
    this.closing = fromByteString(eager ? LINE_BREAK + close : close);
  }

  /**
   * All that goes out for a frame, in a chunk of its own: a copy, so that the
   * caller may fill its buffer anew, and so that one write sends it.
   *
   * @throws {TypeError} If it is no frame.
   */
  encode(frame: unknown): Uint8Array | Promise<Uint8Array> {
    if (isBlob(frame)) {
      const type = checkHeaderField("content-type", frame.type)[1];
      return frame.arrayBuffer().then((buffer) =>
        this.#join(new Uint8Array(buffer), type || this.#type)
      );
    }
    const bytes = bytesOf(frame);
    if (bytes) return this.#join(bytes, this.#type);
    throw new TypeError(
      `Cannot send a frame: ${
        bytes === null ? "its buffer is detached" : "it is no bytes and no Blob"
      }`,
    );
  }

  #join(frame: Uint8Array, type: string): Uint8Array {
    const before = this.opening === undefined
      ? this.#formatHead(frame.length, type)
      : NOTHING;
    const after = this.opening ?? NOTHING;
    const start = before.length;
    const end = start + frame.length;
    const block = new Uint8Array(end + BREAK_BYTES.length + after.length);
    block.set(before);
    block.set(frame, start);
    block.set(BREAK_BYTES, end);
    block.set(after, end + BREAK_BYTES.length);
    return block;
  }

  #formatHead(length: number, type: string): Uint8Array {
    return fromByteString(
      formatPartHead(this.#boundary, [
        ...typeFields(type),
        ["content-length", `${length}`],
      ]),
    );
  }
}

const LIVE_FIELDS: readonly HeaderField[] = [
  ["cache-control", "no-store, no-transform"],
  ["x-accel-buffering", "no"],
];

const NOTHING = new Uint8Array(0);
const BREAK_BYTES = fromByteString(LINE_BREAK);

function typeFields(type: string): HeaderField[] {
  return type === "" ? [] : [["content-type", type]];
}
