import { StreamSource } from "../wire/chunk_source.ts";
import { CheckedInit } from "./checked_init.ts";
import { MultipartReader } from "./multipart_reader.ts";
import type { MultipartReaderInit } from "./options.ts";
import type { PartReader } from "./part_reader.ts";

/**
 * A transform from the bytes of a multipart to its parts.
 *
 * Backpressure goes through: `writable` takes one chunk more than the open
 * part's reader has asked for. `readable` holds no part ready, since the next
 * part can be found only by skipping the open one. Cancelling `readable` aborts
 * `writable`; an error of either kind reaches both, and the open part.
 *
 * @example Pipe a body through it
 * ```ts
 * import { MultipartDecoderStream } from "@tributary/multipart";
 *
 * const form = new FormData();
 * form.append("greeting", "hello");
 * const response = new Response(form);
 * const contentType = response.headers.get("content-type") ?? "";
 *
 * const parts = response.body?.pipeThrough(new MultipartDecoderStream({ contentType }));
 * const reader = parts?.getReader();
 * const part = (await reader?.read())?.value;
 * if (await part?.text() !== "hello") throw new Error("expected hello");
 * await reader?.cancel();
 * ```
 */
export class MultipartDecoderStream {
  /** The parts, each to be read before the next is asked for. */
  readonly readable: ReadableStream<PartReader>;
  /** Takes the bytes. */
  readonly writable: WritableStream<Uint8Array>;

  /**
   * Makes a transform for one multipart.
   *
   * @param init The boundary or the Content-Type, and how to read.
   * @throws {MultipartError} `invalid-boundary`, or `unsupported-media-type`.
   * @throws {TypeError} If neither is given.
   */
  constructor(init: MultipartReaderInit) {
    // Between the two sides lies a stream that holds nothing: a write waits in
    // it until the parser asks, or until nobody will ask any more.
    let input: ReadableStreamDefaultController<Uint8Array>;
    let sink: WritableStreamDefaultController;
    let output: ReadableStreamDefaultController<PartReader>;
    let isAsked = false;
    let isStopped = false;
    let isCancelled = false;
    let wake = (): void => {};
    let pulled: Promise<void> = Promise.resolve();

    const stop = (): void => {
      isStopped = true;
      wake();
    };

    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        input = controller;
      },
      pull() {
        isAsked = true;
        wake();
      },
      cancel(reason) {
        stop();
        // Without a reason the multipart is complete, and `readable` closes.
        const state = isCancelled
          ? "the parts were cancelled"
          : "the multipart is complete";
        sink.error(
          reason === undefined
            ? new TypeError(`Cannot write on: ${state}`)
            : reason,
        );
        if (reason !== undefined) output.error(reason);
      },
    }, { highWaterMark: 0 });

    this.writable = new WritableStream({
      start(controller) {
        sink = controller;
        // A write that waits would keep `abort` from being called.
        controller.signal.addEventListener("abort", stop, { once: true });
      },
      async write(chunk) {
        while (!isAsked && !isStopped) {
          await new Promise<void>((resolve) => wake = resolve);
        }
        if (isStopped) return;
        isAsked = false;
        input.enqueue(chunk);
      },
      close() {
        input.close();
      },
      abort(reason) {
        input.error(reason);
        // A part that is on its way still arrives.
        pulled.then(() => output.error(reason), () => {});
      },
    });

    // A writer may use its memory again.
    const open = () => new StreamSource(chunks, false);
    const reader = new MultipartReader([], CheckedInit.of(init, open));
    this.readable = new ReadableStream({
      start(controller) {
        output = controller;
      },
      pull(controller) {
        return pulled = reader.next().then(({ done, value }) => {
          if (done) controller.close();
          else controller.enqueue(value);
        });
      },
      cancel(reason) {
        isCancelled = true;
        return reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }
}
