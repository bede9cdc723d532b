import { Assembly, sourceOf } from "./assembly.ts";
import { type MultipartBody, registerMultipart } from "./body.ts";
import { collectBytes } from "./collect.ts";
import { Container, type MultipartWriterOptions } from "./container.ts";
import { formEntries } from "./form_entries.ts";
import type { PartContent } from "./part_content.ts";
import type { PartInit } from "./part_fields.ts";
import { PartWriter } from "./part_writer.ts";
import { addPart, makeSegments } from "./segments.ts";
import { formatClose, measure } from "./serializer.ts";

/** How {@linkcode MultipartWriter.stream} ends. */
export interface MultipartStreamOptions {
  /**
   * Whether the close delimiter is written.
   *
   * @default {true}
   */
  close?: boolean;
}

/** What {@linkcode MultipartWriter.toRequestInit} makes. */
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

/** The entries of a form that is sent as application/x-www-form-urlencoded. */
export type UrlEncodedEntries = ConstructorParameters<
  typeof URLSearchParams
>[0];

/**
 * Writes a multipart: append parts, and take the bytes as a stream, a request,
 * a response, or at once.
 *
 * Nothing is read before somebody asks for it, and bodies pass through without
 * a copy. What the parts are made of must not change until the bytes are made.
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
  readonly #contents: PartContent[] = [];
  readonly #parts: PartWriter[] = [];

  /**
   * Makes a writer without parts.
   *
   * @param subtype What stands behind `multipart/` in Content-Type. With
   * `form-data` the parts follow the HTML Standard.
   * @param options The boundary, and what else is special.
   * @throws {TypeError} If the subtype is no token, or the boundary or a
   * parameter cannot be written.
   */
  constructor(subtype = "mixed", options: MultipartWriterOptions = {}) {
    this.#container = new Container(subtype, options);
    this.#register();
  }

  /**
   * A writer of the parts that the HTML Standard makes of `form`: the bytes are
   * those that a browser sends.
   *
   * @throws {TypeError} If a name holds a NUL, which the standard lets through
   * and no reader takes.
   */
  static fromFormData(
    form: FormData,
    options: MultipartWriterOptions = {},
  ): MultipartWriter {
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
   * @throws {RangeError} If `size` is no size, or not the body's.
   */
  append(body: MultipartBody, init: PartInit = {}): PartWriter {
    const content = this.#container.makePart(body, init, this.length);
    const part = new PartWriter(content);
    this.#contents.push(content);
    this.#parts.push(part);
    return part;
  }

  /**
   * Adds a part of JSON, as application/json.
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
    return this.append(text, withType(init, "application/json"));
  }

  /** Adds a part of fields, as application/x-www-form-urlencoded. */
  appendForm(entries: UrlEncodedEntries, init: PartInit = {}): PartWriter {
    return this.append(new URLSearchParams(entries), init);
  }

  /** The parts, in order. */
  get parts(): readonly PartWriter[] {
    return [...this.#parts];
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
    const headers = new Headers({ "content-type": this.contentType });
    const { size } = this;
    if (size !== undefined) headers.set("content-length", `${size}`);
    return headers;
  }

  /** Bytes of the whole, exactly; `undefined` if a part's size is not known. */
  get size(): number | undefined {
    return measure(this.boundary, this.#contents);
  }

  /** Whether all of it can be written more than once. */
  get repeatable(): boolean {
    return this.#contents.every((content) => content.repeatable);
  }

  /**
   * The bytes. A body is opened when its turn comes, one at a time; cancelling
   * the stream cancels the one that is open. Where a body fails, so does the
   * stream, and the bodies behind it are left alone.
   *
   * @throws {TypeError} If a body that can be read once has been read, or is
   * locked, or a part's fields cannot be written.
   */
  stream(options: MultipartStreamOptions = {}): ReadableStream<Uint8Array> {
    const assembly = this.#assemble(options);
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const chunk = await assembly.read();
        if (chunk === null) controller.close();
        else {
          controller.enqueue(chunk);
          if (assembly.isOver) controller.close();
        }
      },
      async cancel(reason) {
        await assembly.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  /** The bytes in chunks, without a stream; as {@linkcode MultipartWriter.stream}. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    const assembly = this.#assemble({});
    return {
      next: async () => {
        const value = await assembly.read();
        return value === null
          ? { done: true, value: undefined }
          : { done: false, value };
      },
      // Not a generator's, which would wait for a read that may be stalled.
      return: async () => {
        await assembly.cancel(undefined);
        return { done: true, value: undefined };
      },
    };
  }

  /**
   * All bytes at once. Memory is taken once, where the size is known.
   *
   * @throws {TypeError} As {@linkcode MultipartWriter.stream}.
   */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const { size } = this;
    if (size === undefined) return await collectBytes(this.#assemble({}));
    const bytes = new Uint8Array(size);
    let length = 0;
    for await (const chunk of this) {
      if (chunk.length > size - length) throw changed();
      bytes.set(chunk, length);
      length += chunk.length;
    }
    if (length < size) throw changed();
    return bytes;
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
    const index = this.#contents.findIndex((content) => !content.repeatable);
    if (index >= 0) {
      throw new TypeError(
        `Cannot make a Blob: the body of part ${index} can be read just once`,
      );
    }
    const segments: BlobPart[] = [];
    for (const content of this.#contents) {
      const body = content.segments() ??
        [await collectBytes(sourceOf(await content.open()))];
      addPart(segments, content.formatHead(this.boundary), body);
    }
    segments.push(formatClose(this.boundary));
    return this.#makeBlob(segments);
  }

  /**
   * What `fetch` or `new Request` takes to send the bytes. The body is a Blob
   * where nothing has to be read for one, which every browser can upload; in
   * all other cases it is a stream, with `duplex: "half"`.
   *
   * @param init What is added; `Content-Type` is this writer's in any case.
   * @throws {TypeError} As {@linkcode MultipartWriter.stream}.
   */
  toRequestInit(init: RequestInit = {}): MultipartRequestInit {
    const headers = this.#mergeHeaders(init.headers);
    const method = init.method ?? "POST";
    const segments = this.#segments();
    if (segments !== undefined) {
      // Fetch adds the length of a Blob by itself.
      headers.delete("content-length");
      return { ...init, method, headers, body: this.#makeBlob(segments) };
    }
    return { ...init, method, headers, body: this.stream(), duplex: "half" };
  }

  /**
   * A response of the bytes.
   *
   * @param init What is added; `Content-Type` is this writer's in any case.
   * @throws {TypeError} As {@linkcode MultipartWriter.stream}.
   */
  toResponse(init: ResponseInit = {}): Response {
    const headers = this.#mergeHeaders(init.headers);
    return new Response(this.stream(), { ...init, headers });
  }

  #assemble({ close = true }: MultipartStreamOptions): Assembly {
    for (const content of this.#contents) content.assertWritable();
    return new Assembly([...this.#contents], {
      boundary: this.boundary,
      // Many parts fill a block, whatever their size.
      size: this.length < 100 ? this.size : undefined,
      close,
    });
  }

  #segments(): BlobPart[] | undefined {
    return this.repeatable
      ? makeSegments(this.boundary, this.#contents)
      : undefined;
  }

  #mergeHeaders(init: HeadersInit | undefined): Headers {
    const headers = new Headers(init);
    headers.delete("content-length");
    this.headers.forEach((value, name) => headers.set(name, value));
    return headers;
  }

  #makeBlob(segments: BlobPart[]): Blob {
    const type = this.contentType;
    return new Blob(segments, {
      type: type === type.toLowerCase() ? type : "",
    });
  }

  /** Lets it be a part of another. */
  #register(): void {
    const size = () => this.size;
    const repeatable = () => this.repeatable;
    registerMultipart(this, {
      boundary: this.boundary,
      type: this.contentType,
      get size() {
        return size();
      },
      get repeatable() {
        return repeatable();
      },
      problem: () => this.#problem(),
      open: () => this.#assemble({}),
      segments: () => this.#segments(),
    });
  }

  /** Says why it cannot be written as a part, if it cannot. */
  #problem(): string | undefined {
    try {
      for (const content of this.#contents) content.assertWritable();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

function withType(init: PartInit, type: string): PartInit {
  const isGiven = init.type !== undefined ||
    new Headers(init.headers).has("content-type");
  return isGiven ? init : { ...init, type };
}

function changed(): RangeError {
  return new RangeError(
    "Cannot make the bytes: a part changed while they were made",
  );
}
