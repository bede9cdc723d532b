import { assertSignal } from "../../wire/abort_signal.ts";
import {
  type ChunkSource,
  IteratorSource,
  StreamSource,
} from "../../wire/chunk_source.ts";
import {
  isAsyncIterable,
  isReadableStream,
  readBlob,
} from "../../wire/type_guards.ts";
import { FrameFormat, type MixedReplaceFrame } from "./frame_format.ts";
import type { MixedReplaceOptions } from "../options.ts";

/**
 * Answers with a live view: `multipart/x-mixed-replace`, each part a picture
 * that takes the place of the one before, as cameras send it and as an `<img>`
 * shows it.
 *
 * A frame is pulled only when the client has taken the one before, so the
 * source runs at the pace of this one client; for several clients of one
 * source see {@linkcode FrameBroadcast}. When the client goes away the source is
 * cancelled, and its lock released. When the source ends, so does the response,
 * with its close delimiter; when it fails, the body fails with the same error,
 * and the connection breaks.
 *
 * A frame is copied as it is pulled, into one chunk with its head, so a source
 * may fill one buffer again and again. For header fields on each frame, such as
 * a time stamp, write parts to a `MultipartEncoderStream("x-mixed-replace")`.
 *
 * @param frames A stream or an async iterable of frames.
 * @param options The frames' type, and how they are sent.
 * @returns The response, its header fields those of a live view.
 * @throws {TypeError} If `frames` is neither of these, or a locked stream, or if
 * the boundary, the type or a header field cannot be written, or if `signal` is
 * not an `AbortSignal`.
 *
 * @example Answer with frames that are made on the way
 * ```ts
 * import { mixedReplace } from "@tributary/multipart/writer";
 *
 * async function* count() {
 *   for (let number = 1; number <= 3; number++) {
 *     yield new TextEncoder().encode(`frame ${number}`);
 *   }
 * }
 *
 * const response = mixedReplace(count(), { type: "text/plain", boundary: "b" });
 * const text = await response.text();
 * if (!text.endsWith("\r\n\r\nframe 3\r\n--b--\r\n")) throw new Error(text);
 * ```
 */
export function mixedReplace(
  frames: AsyncIterable<MixedReplaceFrame> | ReadableStream<MixedReplaceFrame>,
  options: MixedReplaceOptions = {},
): Response {
  const signal = options?.signal;
  assertSignal(signal);
  const format = new FrameFormat(options);
  const source = openFrames(frames);
  let output: ReadableStreamDefaultController<Uint8Array>;
  const { isEager } = format;
  let opening = format.opening(isEager);
  let isOver = false;

  const end = (): void => {
    isOver = true;
    signal?.removeEventListener("abort", abort);
  };
  const abort = (): void => {
    end();
    output.close();
    source.cancel(signal?.reason).catch(() => {});
  };

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      output = controller;
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort);
    },
    async pull(controller) {
      if (opening !== undefined) {
        controller.enqueue(opening);
        opening = undefined;
        return;
      }
      try {
        const result = await source.read();
        if (result.done) source.release();
        const block = result.done
          ? format.closing(isEager)
          : await encodeFrame(format, result.value);
        if (isOver) return;
        controller.enqueue(block);
        if (!result.done) return;
        end();
        controller.close();
      } catch (error) {
        if (isOver) return;
        end();
        // Not awaited: a source whose cancelling hangs must not hide the error.
        source.cancel(error).catch(() => {});
        throw error;
      }
    },
    async cancel(reason) {
      end();
      await source.cancel(reason);
    },
  }, { highWaterMark: 0 });

  return new Response(body, { headers: format.headers });
}

async function encodeFrame(
  format: FrameFormat,
  frame: MixedReplaceFrame | undefined,
): Promise<Uint8Array> {
  const { content, type } = format.view(frame);
  const bytes = content instanceof Uint8Array
    ? content
    : await readBlob(content);
  return format.encode(bytes, type, format.isEager);
}

/**
 * Opens what the frames of a live view are pulled from: a stream, which is
 * locked from now on, or an async iterable.
 *
 * @throws {TypeError} If it is neither, or locked already.
 */
function openFrames(
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
    "Cannot send frames: they are neither a stream nor an async iterable",
  );
}
