import {
  type ChunkSource,
  IteratorSource,
  StreamSource,
} from "../../wire/chunk_source.ts";
import { isAsyncIterable, isReadableStream } from "../../wire/type_guards.ts";
import type { MixedReplaceFrame } from "./frame_format.ts";

/**
 * Opens what the frames of a live view are pulled from: a stream, which is
 * locked from now on, or an async iterable.
 *
 * @throws {TypeError} If it is neither, or locked already.
 */
export function openFrames(
  frames: AsyncIterable<MixedReplaceFrame> | ReadableStream<MixedReplaceFrame>,
): ChunkSource<MixedReplaceFrame> {
  if (isReadableStream(frames)) {
    if (frames.locked) {
      throw new TypeError("Cannot send frames: their stream is locked");
    }
    return new StreamSource(frames);
  }
  if (isAsyncIterable(frames)) {
    return new IteratorSource(frames[Symbol.asyncIterator]());
  }
  throw new TypeError(
    "Cannot send frames: they are no stream and no async iterable",
  );
}
