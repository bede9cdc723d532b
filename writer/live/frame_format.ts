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
 * A frame: its bytes, or a `Blob`, whose type is then the frame's.
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

/** Formats the bytes of a live view, and the header fields of its response. */
export class FrameFormat {
  readonly headers: Headers;
  /**
   * Whether the next head is sent right after a frame; a viewer may override
   * it.
   */
  readonly isEager: boolean;
  readonly #boundary: string;
  readonly #type: string;

  /**
   * Checks the caller's options.
   *
   * @throws {TypeError} If the boundary, the type or a field cannot be written.
   */
  constructor(options: MixedReplaceOptions) {
    const { boundary, type = "image/jpeg", eager = false, headers } = options ??
      {};
    this.#boundary = boundary === undefined
      ? randomBoundary()
      : checkWrittenBoundary(boundary);
    this.#type = checkHeaderField("content-type", type)[1];
    this.isEager = eager;
    this.headers = new Headers(headers);
    for (const [name, value] of LIVE_FIELDS) {
      if (!this.headers.has(name)) this.headers.set(name, value);
    }
    this.headers.delete("content-length");
    this.headers.set(
      "content-type",
      formatMultipartType("x-mixed-replace", this.#boundary, {}),
    );
  }

  /** The bytes before the first frame, if any. */
  opening(isEager: boolean): Uint8Array | undefined {
    return isEager ? fromByteString(this.#eagerHead) : undefined;
  }

  /** The bytes after the last frame. */
  closing(isEager: boolean): Uint8Array {
    const close = formatClose(this.#boundary);
    // A part whose head has been sent has to end first, with a line break.
    return fromByteString(isEager ? LINE_BREAK + close : close);
  }

  /**
   * Checks a frame. Its bytes are not copied, and a Blob is not read yet.
   *
   * @throws {TypeError} If it is not a frame, or its type cannot be written.
   */
  view(frame: unknown): Frame {
    if (isBlob(frame)) {
      const type = checkHeaderField("content-type", frame.type)[1];
      return { content: frame, type: type || this.#type };
    }
    const bytes = bytesOf(frame);
    if (bytes) return { content: bytes, type: this.#type };
    throw new TypeError(
      `Cannot send a frame: ${
        bytes === null
          ? "its buffer is detached"
          : "it is neither bytes nor a Blob"
      }`,
    );
  }

  /** All bytes of a frame in one chunk, so that one write sends it. */
  encode(frame: Uint8Array, type: string, isEager: boolean): Uint8Array {
    const before = isEager ? "" : formatPartHead(this.#boundary, [
      ...typeFields(type),
      ["content-length", `${frame.length}`],
    ]);
    const after = LINE_BREAK + (isEager ? this.#eagerHead : "");
    const start = before.length;
    const end = start + frame.length;
    const block = new Uint8Array(end + after.length);
    block.set(fromByteString(before));
    block.set(frame, start);
    block.set(fromByteString(after), end);
    return block;
  }

  /** The frame of `length` bytes in its encoded block. */
  frameIn(block: Uint8Array, length: number, isEager: boolean): Uint8Array {
    const start = isEager ? 0 : block.length - length - LINE_BREAK.length;
    return block.subarray(start, start + length);
  }

  /** The head of a frame before the frame is known. */
  get #eagerHead(): string {
    return formatPartHead(this.#boundary, typeFields(this.#type));
  }
}

/** A checked frame. */
export interface Frame {
  readonly content: Uint8Array | Blob;
  readonly type: string;
}

const LIVE_FIELDS: readonly HeaderField[] = [
  ["cache-control", "no-store, no-transform"],
  ["x-accel-buffering", "no"],
];

function typeFields(type: string): HeaderField[] {
  return type === "" ? [] : [["content-type", type]];
}
