import { Assembly } from "./assembly.ts";
import {
  type ForwardedPart,
  isForwardedPart,
  type MultipartBody,
} from "./body.ts";
import { Container, type MultipartWriterOptions } from "./container.ts";
import type { PartInit } from "./part_fields.ts";
import { measure } from "./serializer.ts";

/** A part for a {@linkcode MultipartEncoderStream}: its body, and its fields. */
export interface MultipartEncoderPart extends PartInit {
  /** What the part holds. */
  body: MultipartBody;
}

/** How a {@linkcode MultipartEncoderStream} is made. */
export interface MultipartEncoderOptions extends MultipartWriterOptions {
  /**
   * Whether the close delimiter is written when `writable` is closed.
   *
   * @default {true}
   */
  close?: boolean;
}

/** A part on its way, and who waits until it is through. */
interface Job {
  readonly assembly: Assembly;
  readonly isLast: boolean;
  readonly finish: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * A transform from parts to the bytes of a multipart.
 *
 * A write is done when the part has been read from `readable` to its end, so a
 * body may be one that is good only until the next: a part of a reader, above
 * all. Such a part can be written as it is, so that a `MultipartDecoderStream`
 * can be piped here; a `TransformStream` between the two would take the next
 * part too early. Nothing is read ahead. Cancelling `readable` cancels the open body and
 * aborts `writable`; an error of a body reaches both.
 *
 * @example Write parts one after the other
 * ```ts
 * import { MultipartEncoderStream } from "@tributary/multipart/writer";
 *
 * const encoder = new MultipartEncoderStream("form-data");
 * const response = new Response(encoder.readable, {
 *   headers: { "content-type": encoder.contentType },
 * });
 *
 * const writer = encoder.writable.getWriter();
 * const written = writer.write({ body: "hello", name: "greeting" })
 *   .then(() => writer.close());
 * const form = await response.formData();
 * await written;
 * if (form.get("greeting") !== "hello") throw new Error("expected hello");
 * ```
 */
export class MultipartEncoderStream {
  /** The bytes. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Takes the parts, and parts of a reader as they are. */
  readonly writable: WritableStream<MultipartEncoderPart | ForwardedPart>;
  /** The text of the delimiters, without their dashes. */
  readonly boundary: string;
  /** The multipart's Content-Type. */
  readonly contentType: string;

  /**
   * Makes a transform for one multipart.
   *
   * @param subtype As in `new MultipartWriter()`.
   * @param options The boundary, and how it ends.
   * @throws {TypeError} As `new MultipartWriter()`.
   */
  constructor(subtype = "mixed", options: MultipartEncoderOptions = {}) {
    const { close = true } = options;
    const container = new Container(subtype, options);
    const { boundary, contentType } = container;
    this.boundary = boundary;
    this.contentType = contentType;
    let length = 0;

    let sink: WritableStreamDefaultController;
    let output: ReadableStreamDefaultController<Uint8Array>;
    let job: Job | undefined;
    let isStopped = false;
    let wake = (): void => {};

    const run = (
      assembly: Assembly,
      isLast = false,
    ): Promise<void> =>
      new Promise((finish, fail) => {
        job = { assembly, isLast, finish, fail };
        wake();
      });

    const stop = async (reason: unknown): Promise<void> => {
      isStopped = true;
      const stopped = job;
      job = undefined;
      wake();
      stopped?.fail(reason);
      await stopped?.assembly.cancel(reason);
    };

    this.writable = new WritableStream<MultipartEncoderPart | ForwardedPart>({
      start(controller) {
        sink = controller;
        const { signal } = controller;
        // A write that waits would keep `abort` from being called.
        signal.addEventListener("abort", () => {
          output.error(signal.reason);
          stop(signal.reason).catch(() => {});
        }, { once: true });
      },
      async write(chunk) {
        try {
          const { body, ...init } = isForwardedPart(chunk)
            ? { body: chunk }
            : chunk;
          const part = container.makePart(body, init, length++);
          const size = measure(boundary, [part]);
          await run(new Assembly([part], { boundary, size, close: false }));
        } catch (error) {
          if (!isStopped) output.error(error);
          isStopped = true;
          throw error;
        }
      },
      async close() {
        await run(new Assembly([], { boundary, size: undefined, close }), true);
      },
    });

    this.readable = new ReadableStream<Uint8Array>({
      start(controller) {
        output = controller;
      },
      async pull(controller) {
        while (!isStopped) {
          if (job === undefined) {
            await new Promise<void>((resolve) => wake = resolve);
            continue;
          }
          const { assembly, isLast, finish, fail } = job;
          try {
            const chunk = await assembly.read();
            if (isStopped) return;
            if (chunk !== null) controller.enqueue(chunk);
            if (assembly.isOver) {
              job = undefined;
              if (isLast) controller.close();
              finish();
            }
            if (chunk !== null || isLast) return;
          } catch (error) {
            if (isStopped) return;
            job = undefined;
            isStopped = true;
            fail(error);
            throw error;
          }
        }
      },
      async cancel(reason) {
        sink.error(reason);
        await stop(reason);
      },
    }, { highWaterMark: 0 });
  }
}
