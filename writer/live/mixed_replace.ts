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
 * Creates the response of a live view: `multipart/x-mixed-replace`, in which
 * each part is a picture that replaces the previous one, as cameras send it and
 * an `<img>` shows it.
 *
 * A frame is pulled only when the client has taken the previous one, so the
 * source runs at the pace of this client; for several clients of one source see
 * {@linkcode FrameBroadcast}. When the client disconnects, the source is
 * cancelled and its lock released. When the source ends, the response ends with
 * its close delimiter; when it fails, the body fails with the same error, and
 * the connection breaks.
 *
 * A frame is copied into one chunk with its head when it is pulled, so a source
 * may reuse its buffer. For header fields on each frame, such as a timestamp,
 * write parts to a `MultipartEncoderStream("x-mixed-replace")`.
 *
 * @param frames A stream or an async iterable of frames.
 * @param options The frames' type, and how they are sent.
 * @returns The response, with the header fields of a live view.
 * @throws {TypeError} If `frames` is neither of these or is a locked stream, if
 * the boundary, the type or a header field cannot be written, or if `signal` is
 * not an `AbortSignal`.
 *
 * @example Respond with frames from a generator
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
        // Not awaited: a source that hangs when cancelled must not hide the
        // error.
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
 * Opens the source of a live view: a stream, which is then locked, or an async
 * iterable.
 *
 * @throws {TypeError} If it is neither, or already locked.
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
