import { Condition } from "../wire/condition.ts";
import { MultipartEncoder } from "./part/multipart_encoder.ts";
import type { ForwardedPart, MultipartBody } from "./body/body.ts";
import { Container } from "./container.ts";
import { describeBody, isForwardedPart } from "./body/describe_body.ts";
import type { MultipartEncoderOptions, PartInit } from "./options.ts";
import type { PartDraft } from "./part_draft.ts";

/**
 * A part for a {@linkcode MultipartEncoderStream}: its body and its fields.
 *
 * @example Write the parts that a loop makes
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
  /** The part's body. */
  body: MultipartBody;
}

/**
 * A transform stream from parts to the bytes of a multipart.
 *
 * A write resolves when the whole part has been read from `readable`, so a body
 * may be valid only until the next part, like a reader's part. Such a part can
 * be written as is, so a `MultipartDecoderStream` can be piped here; a
 * `TransformStream` between the two would take the next part too early. Nothing
 * is read ahead. Cancelling `readable` cancels the open body and aborts
 * `writable`; an error in a body reaches both.
 *
 * @example Write one part after another
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
  /** The bytes of the multipart. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Accepts parts, and a reader's parts as they are. */
  readonly writable: WritableStream<MultipartEncoderPart | ForwardedPart>;
  /** The boundary, without the dashes of the delimiters. */
  readonly boundary: string;
  /** The multipart's Content-Type. */
  readonly contentType: string;

  /**
   * Creates a transform stream for one multipart.
   *
   * @param subtype The subtype in Content-Type, as in `new MultipartWriter()`.
   * @param options The boundary, and whether to write the close delimiter.
   * @throws {TypeError} If the subtype is not a token, or the boundary or a
   * parameter cannot be written.
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

/** A part being written, and the callbacks of the pending write. */
interface Job {
  readonly encoder: MultipartEncoder;
  /** Whether this is the close delimiter instead of a part. */
  readonly isLast: boolean;
  readonly finish: () => void;
  readonly fail: (error: unknown) => void;
}

/** Connects the two streams, one job at a time. */
class PartEncoder {
  readonly #container: Container;
  readonly #close: boolean;
  /** Notified when there is a job, or there will be no more. */
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
    // A pending write would keep the sink's `abort` from being called.
    signal.addEventListener("abort", () => {
      this.#output?.error(signal.reason);
      this.#stop(signal.reason).catch(() => {});
    }, { once: true });
  }

  startReading(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#output = controller;
  }

  /** Writes a part; resolves when its last byte has been read. */
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

  /** Enqueues a chunk of the current job, or of the next one. */
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

  /** Advances a job by a chunk, and returns whether that satisfies a pull. */
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
