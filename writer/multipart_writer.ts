import type { MultipartBody } from "./body/body.ts";
import { type Body, setAsBody } from "./part/body_plan.ts";
import { Container } from "./container.ts";
import { requestMembers, responseMembers } from "./fetch_init.ts";
import { describeBody, isFormData } from "./body/describe_body.ts";
import { formEntries } from "./body/form_entries.ts";
import { TextBody } from "./body/repeatable_bodies.ts";
import { MultipartPlan } from "./part/multipart_plan.ts";
import type {
  MultipartStreamOptions,
  MultipartWriterOptions,
  PartInit,
} from "./options.ts";
import type { PartDraft } from "./part_draft.ts";
import { PartWriter } from "./part_writer.ts";
import {
  collectPlan,
  collectSegments,
  iteratePlan,
  streamPlan,
} from "./part/plan_output.ts";

/**
 * What {@linkcode MultipartWriter.toRequestInit} makes.
 *
 * @example Look at what will be sent
 * ```ts
 * import { type MultipartRequestInit, MultipartWriter } from "@tributary/multipart";
 *
 * const writer = new MultipartWriter("form-data");
 * writer.append("Oslo", { name: "city" });
 * const init: MultipartRequestInit = writer.toRequestInit({ method: "PUT" });
 * if (init.method !== "PUT") throw new Error(init.method);
 * if (init.headers.get("content-type") !== writer.contentType) throw new Error();
 * ```
 */
export interface MultipartRequestInit extends RequestInit {
  /** The bytes, as a stream or a Blob. */
  body: ReadableStream<Uint8Array> | Blob;
  /** Content-Type, and what was given. */
  headers: Headers;
  /** `POST`, unless another was given. */
  method: string;
  /** Set where the body is a stream, as Fetch asks. */
  duplex?: "half";
}

/**
 * The entries of a form that is sent as application/x-www-form-urlencoded.
 *
 * @example Append a form in three ways
 * ```ts
 * import { MultipartWriter, type UrlEncodedEntries } from "@tributary/multipart";
 *
 * const forms: UrlEncodedEntries[] = [
 *   { city: "Oslo" },
 *   [["city", "Oslo"]],
 *   "city=Oslo",
 * ];
 * const writer = new MultipartWriter("mixed");
 * const sizes = forms.map((form) => writer.appendForm(form).size);
 * if (sizes.join() !== "9,9,9") throw new Error(sizes.join());
 * ```
 */
export type UrlEncodedEntries = ConstructorParameters<
  typeof URLSearchParams
>[0];

/**
 * Writes a multipart: append parts, and take the bytes as a stream, a request,
 * a response, or at once.
 *
 * Nothing is read before somebody asks for it, and bodies pass through without
 * a copy. What is written are the parts and fields as they are when the bytes
 * are asked for, by {@linkcode MultipartWriter.stream} or any of the others;
 * the bytes that a body is made of must not change until they are written.
 *
 * @example Upload a form
 * ```ts
 * import { MultipartWriter } from "@tributary/multipart/writer";
 *
 * const writer = new MultipartWriter("form-data");
 * writer.append("hello", { name: "greeting" });
 * writer.append(new File(["Oslo"], "city.txt"), { name: "upload" });
 *
 * const request = new Request("http://localhost/", writer.toRequestInit());
 * const form = await request.formData();
 * if (form.get("greeting") !== "hello") throw new Error("expected hello");
 * ```
 *
 * @example Answer with parts
 * ```ts
 * import { MultipartWriter } from "@tributary/multipart/writer";
 *
 * const writer = new MultipartWriter("mixed");
 * writer.appendJson({ id: 7 });
 * writer.append(new Uint8Array(4), { filename: "pixels.bin" });
 * const response = writer.toResponse();
 * if ((await response.bytes()).length !== writer.size) throw new Error();
 * ```
 */
export class MultipartWriter implements AsyncIterable<Uint8Array> {
  readonly #container: Container;
  readonly #parts: PartDraft[] = [];
  readonly #writers: PartWriter[] = [];

  /**
   * Makes a writer without parts.
   *
   * @param subtype What stands behind `multipart/` in Content-Type. With
   * `form-data` the parts follow the HTML Standard.
   * @param options The boundary, and what else is special.
   * @throws {TypeError} If the subtype is not a token, or the boundary or a
   * parameter cannot be written.
   */
  constructor(subtype = "mixed", options: MultipartWriterOptions = {}) {
    this.#container = new Container(subtype, options);
    setAsBody(this, {
      type: this.contentType,
      plan: (around) => this.#plan(around),
    });
  }

  /**
   * A writer of the parts that the HTML Standard makes of `form`: the bytes are
   * those that a browser sends.
   *
   * @throws {TypeError} If a name holds a NUL, which the standard lets through
   * and no reader takes, or if `form` is not a `FormData`.
   */
  static fromFormData(
    form: FormData,
    options: MultipartWriterOptions = {},
  ): MultipartWriter {
    if (!isFormData(form)) {
      throw new TypeError("Cannot write the form: it is not a FormData");
    }
    const writer = new MultipartWriter("form-data", options);
    for (const { name, filename, type, value } of formEntries(form)) {
      writer.append(value, { name, filename, type });
    }
    return writer;
  }

  /**
   * Adds a part.
   *
   * @param body What the part holds. A stream, an iterable, a `Response` and a
   * part of a reader can be written once; all else again and again.
   * @param init Its fields; what is not given has the defaults that
   * {@linkcode PartInit} names.
   * @returns The part, whose fields can still be changed.
   * @throws {TypeError} If the body is none of these, or in use, or a field
   * cannot be written.
   * @throws {RangeError} If `size` is not a size, or not the body's.
   */
  append(body: MultipartBody, init: PartInit = {}): PartWriter {
    const described = describeBody(body, {
      index: this.length,
      name: undefined,
    });
    return this.#append(described, init);
  }

  /**
   * Adds a part of JSON, as application/json. In a form, formidable, and koa-body
   * through it, take a part with a type for a file without a name: it is among
   * the files, and missing from the fields. For these append the text of
   * `JSON.stringify()` instead.
   *
   * @throws {TypeError} If `value` is nothing that JSON can hold.
   */
  appendJson(value: unknown, init: PartInit = {}): PartWriter {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) {
      throw new TypeError(
        `Cannot append part ${this.length}: JSON has no ${typeof value}`,
      );
    }
    return this.#append(new TextBody(text, "application/json"), init);
  }

  /** Adds a part of fields, as application/x-www-form-urlencoded. */
  appendForm(entries: UrlEncodedEntries, init: PartInit = {}): PartWriter {
    return this.append(new URLSearchParams(entries), init);
  }

  /** The parts, in order. */
  get parts(): readonly PartWriter[] {
    return [...this.#writers];
  }

  /** How many parts there are. */
  get length(): number {
    return this.#parts.length;
  }

  /** The text of the delimiters, without their dashes. */
  get boundary(): string {
    return this.#container.boundary;
  }

  /** The multipart's Content-Type. */
  get contentType(): string {
    return this.#container.contentType;
  }

  /** Content-Type; and Content-Length, where it is exact. A new object each time. */
  get headers(): Headers {
    return this.#headersWith(undefined, this.#plan());
  }

  /**
   * Bytes of the whole, exactly; `undefined` if a part's size is not known.
   *
   * @throws {TypeError} If a field or an encoding cannot be written.
   */
  get size(): number | undefined {
    return this.#plan().size;
  }

  /**
   * Whether all of it can be written more than once.
   *
   * @throws {TypeError} If a field or an encoding cannot be written.
   */
  get repeatable(): boolean {
    return this.#plan().oneTimeSources.length === 0;
  }

  /**
   * The bytes. A body is opened when its turn comes, one at a time; cancelling
   * the stream cancels the one that is open. Where a body fails, so does the
   * stream, and the bodies behind it are left alone.
   *
   * @throws {TypeError} If a body that can be read once has been read, is
   * locked or is that of two parts, or a part's fields cannot be written.
   */
  stream(options: MultipartStreamOptions = {}): ReadableStream<Uint8Array> {
    return streamPlan(this.#writablePlan(), options?.close);
  }

  /** The bytes in chunks, without a stream; as {@linkcode MultipartWriter.stream}. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return iteratePlan(this.#writablePlan());
  }

  /**
   * All bytes at once. Memory is taken once, where the size is known.
   *
   * @throws {TypeError} As {@linkcode MultipartWriter.stream}.
   */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await collectPlan(this.#writablePlan());
  }

  /**
   * A Blob of the parts, in which Blobs stay what they are. What a function
   * gives, or an encoding makes, is read into memory.
   *
   * Its type is this writer's Content-Type only where that is in lower case: a
   * Blob's type always is, and the boundary would be another. Take
   * {@linkcode MultipartWriter.contentType}.
   *
   * @throws {TypeError} If the writer is not repeatable.
   */
  async blob(): Promise<Blob> {
    // All of them, before the first is opened.
    const plan = this.#writablePlan();
    const index = plan.parts.findIndex((part) =>
      part.oneTimeSources.length > 0
    );
    if (index >= 0) {
      throw new TypeError(
        `Cannot make a Blob: the body of part ${index} can be read just once`,
      );
    }
    return this.#makeBlob(await collectSegments(plan));
  }

  /**
   * What `fetch` or `new Request` takes to send the bytes. The body is a Blob
   * where nothing has to be read for one, which every browser can upload; in
   * all other cases it is a stream, with `duplex: "half"`.
   *
   * @param init What is added, which may be another request;
   * `Content-Type` is this writer's in any case. The mode `navigate`, which a
   * form has that a page posts, is left out: no new request can have it.
   * @throws {TypeError} As {@linkcode MultipartWriter.stream}, or if the method
   * is GET or HEAD.
   */
  toRequestInit(init: RequestInit = {}): MultipartRequestInit {
    const method = init?.method ?? "POST";
    if (/^(?:get|head)$/i.test(method)) {
      throw new TypeError(
        `Cannot make a request: ${method.toUpperCase()} takes no body`,
      );
    }
    const plan = this.#writablePlan();
    const headers = this.#headersWith(init?.headers, plan);
    const given = requestMembers(init);
    const segments = plan.segments();
    if (segments !== undefined) {
      // Fetch adds the length of a Blob by itself.
      headers.delete("content-length");
      return { ...given, method, headers, body: this.#makeBlob(segments) };
    }
    const body = streamPlan(plan);
    return { ...given, method, headers, body, duplex: "half" };
  }

  /**
   * A response of the bytes.
   *
   * @param init What is added, which may be another response;
   * `Content-Type` is this writer's in any case.
   * @throws {TypeError} As {@linkcode MultipartWriter.stream}.
   */
  toResponse(init: ResponseInit = {}): Response {
    const plan = this.#writablePlan();
    const headers = this.#headersWith(init?.headers, plan);
    return new Response(streamPlan(plan), {
      ...responseMembers(init),
      headers,
    });
  }

  #append(body: Body, init: PartInit): PartWriter {
    const part = this.#container.makePart(body, init, this.length);
    const writer = new PartWriter(part);
    this.#parts.push(part);
    this.#writers.push(writer);
    return writer;
  }

  /** What is to be written, if that is done now. */
  #plan(around: readonly string[] = []): MultipartPlan {
    return new MultipartPlan(
      this.boundary,
      around,
      (within) => this.#parts.map((part) => part.plan(within)),
    );
  }

  #writablePlan(): MultipartPlan {
    return this.#plan().assertWritable();
  }

  #headersWith(
    init: HeadersInit | undefined,
    { size }: MultipartPlan,
  ): Headers {
    const headers = new Headers(init);
    headers.set("content-type", this.contentType);
    headers.delete("content-length");
    if (size !== undefined) headers.set("content-length", `${size}`);
    return headers;
  }

  #makeBlob(segments: BlobPart[] | undefined): Blob {
    const type = this.contentType;
    return new Blob(segments, {
      type: type === type.toLowerCase() ? type : "",
    });
  }
}
