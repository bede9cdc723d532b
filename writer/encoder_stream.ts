import { Condition } from "../wire/condition.ts";
import { MultipartEncoder } from "./part/multipart_encoder.ts";
import type { ForwardedPart, MultipartBody } from "./body/body.ts";
import { Container } from "./container.ts";
import { describeBody, isForwardedPart } from "./body/describe_body.ts";
import type { MultipartEncoderOptions, PartInit } from "./options.ts";
import type { PartDraft } from "./part_draft.ts";

/**
 * A part for a {@linkcode MultipartEncoderStream}: its body, and its fields.
 *
 * @example Make parts of what a loop finds
 * ```ts
 * import {
 *   type MultipartEncoderPart,
 *   MultipartEncoderStream,
 *   MultipartReader,
 * } from "@tributary/multipart";
 *
 * const parts: MultipartEncoderPart[] = ["Oslo", "Bergen"].map((body) => ({ body }));
 * const encoder = new MultipartEncoderStream("mixed");
 * const piped = ReadableStream.from(parts).pipeTo(encoder.writable);
 * const { readable, boundary } = encoder;
 * const told: string[] = [];
 * for await (const part of new MultipartReader(readable, { boundary })) {
 *   told.push(await part.text());
 * }
 * await piped;
 * if (told.join() !== "Oslo,Bergen") throw new Error(told.join());
 * ```
 */
export interface MultipartEncoderPart extends PartInit {
  /** What the part holds. */
  body: MultipartBody;
}

/**
 * A transform from parts to the bytes of a multipart.
 *
 * A write is done when the part has been read from `readable` to its end, so a
 * body may be one that is good only until the next: a part of a reader, above
 * all. Such a part can be written as it is, so that a `MultipartDecoderStream`
 * can be piped here; a `TransformStream` between the two would take the next
 * part too early. Nothing is read ahead. Cancelling `readable` cancels the open
 * body and aborts `writable`; an error of a body reaches both.
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
    const container = new Container(subtype, options);
    this.boundary = container.boundary;
    this.contentType = container.contentType;
    const encoder = new PartEncoder(container, options?.close ?? true);
    this.writable = new WritableStream<MultipartEncoderPart | ForwardedPart>({
      start: (controller) => encoder.startWriting(controller),
      write: (part) => encoder.write(part),
      close: () => encoder.close(),
    });
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => encoder.startReading(controller),
      pull: (controller) => encoder.pull(controller),
      cancel: (reason) => encoder.cancel(reason),
    }, { highWaterMark: 0 });
  }
}

/** A part on its way, and who waits until it is through. */
interface Job {
  readonly encoder: MultipartEncoder;
  /** Whether it is the end, and no part. */
  readonly isLast: boolean;
  readonly finish: () => void;
  readonly fail: (error: unknown) => void;
}

/** What stands between the two streams: one job at a time. */
class PartEncoder {
  readonly #container: Container;
  readonly #close: boolean;
  /** Rings when there is a job, or there will be none. */
  readonly #condition = new Condition();
  #sink: WritableStreamDefaultController | undefined;
  #output: ReadableStreamDefaultController<Uint8Array> | undefined;
  #length = 0;
  #job: Job | undefined;
  #isStopped = false;

  constructor(container: Container, close: boolean) {
    this.#container = container;
    this.#close = close;
  }

  startWriting(controller: WritableStreamDefaultController): void {
    this.#sink = controller;
    const { signal } = controller;
    // A write that waits would keep `abort` from being called.
    signal.addEventListener("abort", () => {
      this.#output?.error(signal.reason);
      this.#stop(signal.reason).catch(() => {});
    }, { once: true });
  }

  startReading(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#output = controller;
  }

  /** Writes a part: done when its last byte has been read. */
  async write(part: MultipartEncoderPart | ForwardedPart): Promise<void> {
    try {
      const { boundary } = this.#container;
      const plan = this.#makePart(part, this.#length++).plan([boundary]);
      plan.assertWritable();
      await this.#run(
        new MultipartEncoder([plan], { boundary, close: false }),
        false,
      );
    } catch (error) {
      if (!this.#isStopped) this.#output?.error(error);
      this.#isStopped = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    const { boundary } = this.#container;
    await this.#run(
      new MultipartEncoder([], { boundary, close: this.#close }),
      true,
    );
  }

  /** Gives a chunk of the job at hand, or of the next one. */
  async pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    while (!this.#isStopped) {
      const job = this.#job;
      if (job === undefined) await this.#condition.wait();
      else if (await this.#advance(job, controller)) return;
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#sink?.error(reason);
    await this.#stop(reason);
  }

  #makePart(
    part: MultipartEncoderPart | ForwardedPart,
    index: number,
  ): PartDraft {
    if (typeof part !== "object" || part === null) {
      throw new TypeError(
        `Cannot write part ${index}: it is not an object with a body`,
      );
    }
    const { body, ...init } = isForwardedPart(part) ? { body: part } : part;
    const described = describeBody(body, { index, name: undefined });
    return this.#container.makePart(described, init, index);
  }

  #run(encoder: MultipartEncoder, isLast: boolean): Promise<void> {
    return new Promise((finish, fail) => {
      this.#job = { encoder, isLast, finish, fail };
      this.#condition.notify();
    });
  }

  /** Takes a job a chunk further, and says whether that is enough for a pull. */
  async #advance(
    { encoder, isLast, finish, fail }: Job,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<boolean> {
    try {
      const chunk = await encoder.read();
      if (this.#isStopped) return true;
      if (chunk !== null) controller.enqueue(chunk);
      if (encoder.isOver) {
        this.#job = undefined;
        if (isLast) controller.close();
        finish();
      }
      return chunk !== null || isLast;
    } catch (error) {
      if (this.#isStopped) return true;
      this.#job = undefined;
      this.#isStopped = true;
      fail(error);
      throw error;
    }
  }

  async #stop(reason: unknown): Promise<void> {
    this.#isStopped = true;
    const job = this.#job;
    this.#job = undefined;
    this.#condition.notify();
    job?.fail(reason);
    await job?.encoder.cancel(reason);
  }
}
