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
 * The result of {@linkcode MultipartWriter.toRequestInit}.
 *
 * @example Inspect what will be sent
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
  /** The body, as a stream or a Blob. */
  body: ReadableStream<Uint8Array> | Blob;
  /** Content-Type, and the headers that were passed. */
  headers: Headers;
  /** The method that was passed, or `POST`. */
  method: string;
  /** Set if the body is a stream, as Fetch requires. */
  duplex?: "half";
}

/**
 * The entries of a form to send as application/x-www-form-urlencoded.
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
 * Writes a multipart: append parts, then take the bytes as a stream, a request,
 * a response, or all at once.
 *
 * Bodies are read only on demand, and pass through without a copy. {@linkcode
 * MultipartWriter.stream} and the other outputs write the parts and fields as
 * they are when called; the bytes of a body must not change until they are
 * written.
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
 * @example Respond with parts
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
   * Creates a writer without parts.
   *
   * @param subtype The subtype in Content-Type, after `multipart/`. With
   * `form-data` the parts follow the HTML Standard.
   * @param options The boundary, and parameters of Content-Type.
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
   * Creates a writer with the parts of `form`, encoded by the HTML Standard:
   * the bytes are those that a browser sends.
   *
   * @throws {TypeError} If a name contains NUL, which the standard allows but
   * no reader accepts, or if `form` is not a `FormData`.
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
   * @param body The part's body. A stream, an iterable, a `Response` and a
   * reader's part can be written once, all others any number of times.
   * @param init Its fields; {@linkcode PartInit} states the defaults.
   * @returns The part, with fields that can still be changed.
   * @throws {TypeError} If the body has another type or is in use, or a field
   * cannot be written.
   * @throws {RangeError} If `size` is not a valid size, or not the body's.
   */
  append(body: MultipartBody, init: PartInit = {}): PartWriter {
    const described = describeBody(body, {
      index: this.length,
      name: undefined,
    });
    return this.#append(described, init);
  }

  /**
   * Adds a part of JSON, as application/json. In a form, formidable and
   * koa-body take a part with a type for a file without a name: it is then
   * among the files, not the fields. For these servers, append the text of
   * `JSON.stringify()` instead.
   *
   * @throws {TypeError} If JSON cannot represent `value`.
   */
  appendJson(value: unknown, init: PartInit = {}): PartWriter {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) {
      throw new TypeError(
        `Cannot append part ${this.length}: JSON cannot hold ${typeof value}`,
      );
    }
    return this.#append(new TextBody(text, "application/json"), init);
  }

  /** Adds a part of form fields, as application/x-www-form-urlencoded. */
  appendForm(entries: UrlEncodedEntries, init: PartInit = {}): PartWriter {
    return this.append(new URLSearchParams(entries), init);
  }

  /** The parts, in order. */
  get parts(): readonly PartWriter[] {
    return [...this.#writers];
  }

  /** The number of parts. */
  get length(): number {
    return this.#parts.length;
  }

  /** The boundary, without the dashes of the delimiters. */
  get boundary(): string {
    return this.#container.boundary;
  }

  /** The multipart's Content-Type. */
  get contentType(): string {
    return this.#container.contentType;
  }

  /**
   * Content-Type, and Content-Length if it is known exactly. A new object each
   * time.
   */
  get headers(): Headers {
    return this.#headersWith(undefined, this.#plan());
  }

  /**
   * The exact number of bytes of the multipart; `undefined` if a part's size is
   * not known.
   *
   * @throws {TypeError} If a field or an encoding cannot be written.
   */
  get size(): number | undefined {
    return this.#plan().size;
  }

  /**
   * Whether the whole multipart can be written more than once.
   *
   * @throws {TypeError} If a field or an encoding cannot be written.
   */
  get repeatable(): boolean {
    return this.#plan().oneTimeSources.length === 0;
  }

  /**
   * Returns the bytes as a stream. Each body is opened when its turn comes;
   * cancelling the stream cancels the open one. If a body fails, so does the
   * stream, and later bodies are left alone.
   *
   * @throws {TypeError} If a body that can be read once has been read, is
   * locked or belongs to two parts, or a part's fields cannot be written.
   */
  stream(options: MultipartStreamOptions = {}): ReadableStream<Uint8Array> {
    return streamPlan(this.#writablePlan(), options?.close);
  }

  /**
   * Iterates over the chunks of {@linkcode MultipartWriter.stream}, without a
   * stream.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return iteratePlan(this.#writablePlan());
  }

  /**
   * Returns all bytes at once. If the size is known, memory is allocated once.
   *
   * @throws {TypeError} As {@linkcode MultipartWriter.stream}.
   */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await collectPlan(this.#writablePlan());
  }

  /**
   * Returns a Blob of the multipart, which refers to the Blobs in it without a
   * copy. Bodies from functions, and encoded ones, are read into memory.
   *
   * Its type is this writer's Content-Type only if that is in lower case: a
   * Blob's type is always lower case, which would change the boundary. Use
   * {@linkcode MultipartWriter.contentType} instead.
   *
   * @throws {TypeError} If the writer is not repeatable.
   */
  async blob(): Promise<Blob> {
    // Checks all parts before the first is opened.
    const plan = this.#writablePlan();
    const index = plan.parts.findIndex((part) =>
      part.oneTimeSources.length > 0
    );
    if (index >= 0) {
      throw new TypeError(
        `Cannot make a Blob: the body of part ${index} can only be read once`,
      );
    }
    return this.#makeBlob(await collectSegments(plan));
  }

  /**
   * Returns the init for `fetch` or `new Request` to send the bytes. If nothing
   * has to be read to make one, the body is a Blob, which every browser can
   * upload; otherwise it is a stream, with `duplex: "half"`.
   *
   * @param init Further members, or another request; `Content-Type` is always
   * this writer's. The mode `navigate` of a form that a page posts is left out:
   * no new request can have it.
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
   * Returns a response with the bytes.
   *
   * @param init Further members, or another response; `Content-Type` is always
   * this writer's.
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

  /** Plans the multipart as it is now. */
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
