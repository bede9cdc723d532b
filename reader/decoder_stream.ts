import { StreamSource } from "../wire/chunk_source.ts";
import { CheckedInit } from "./checked_init.ts";
import { MultipartReader } from "./multipart_reader.ts";
import type { MultipartReaderInit } from "./options.ts";
import type { PartReader } from "./part_reader.ts";

/**
 * A transform stream from the bytes of a multipart to its parts.
 *
 * Backpressure is passed on: `writable` accepts one chunk more than the reader
 * of the open part has requested. `readable` queues no part, since the next
 * part can be found only by skipping the open one. Cancelling `readable` aborts
 * `writable`; an error reaches both, and the open part.
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
  /** The parts. Read each before you request the next. */
  readonly readable: ReadableStream<PartReader>;
  /** Accepts the bytes. */
  readonly writable: WritableStream<Uint8Array>;

  /**
   * Creates a transform stream for one multipart.
   *
   * @param init The boundary or the Content-Type, and how to read.
   * @throws {MultipartError} `invalid-boundary`, or `unsupported-media-type`.
   * @throws {TypeError} If neither is given.
   */
  constructor(init: MultipartReaderInit) {
    // Between the two sides is a stream that holds nothing: a write waits until
    // the parser needs the chunk, or never will.
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
        // A pending write would keep the sink's `abort` from being called.
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
        // A part that is already being read still arrives.
        pulled.then(() => output.error(reason), () => {});
      },
    });

    // A writer may reuse its memory.
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
