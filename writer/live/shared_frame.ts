import { isBlob } from "../../wire/type_guards.ts";
import type { FrameFormat, MixedReplaceFrame } from "./frame_format.ts";

/** A frame with its number, and its bytes as all clients get them. */
export class SharedFrame {
  /** Counts from 1. */
  readonly number: number;
  #block: (() => Promise<Uint8Array>) | Promise<Uint8Array> | Uint8Array;

  /**
   * Copies the frame, unless it is a Blob, which nobody can change.
   *
   * @throws {TypeError} If it is no frame.
   */
  constructor(number: number, frame: MixedReplaceFrame, format: FrameFormat) {
    this.number = number;
    this.#block = isBlob(frame)
      ? async () => await format.encode(frame)
      : format.encode(frame);
  }

  /** Made once; a Blob is read when the first client asks. */
  get block(): Promise<Uint8Array> | Uint8Array {
    if (typeof this.#block === "function") this.#block = this.#block();
    return this.#block;
  }
}
