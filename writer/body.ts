/**
 * What the body of a part may be, and what each kind brings: a size, a type,
 * whether it can be read twice, and how it is opened.
 *
 * @module
 */
import { randomBoundary } from "../wire/boundary.ts";
import { Assembly, type Content, SMALL_BODY } from "./assembly.ts";
import { IterableSource, LocalSource, StreamSource } from "./byte_source.ts";
import { formEntries } from "./form_entries.ts";
import { makeSegments } from "./segments.ts";
import { formatMultipartType, formatPartHead, measure } from "./serializer.ts";
import { encodeText, utf8Length } from "./text.ts";

/**
 * A part of a multipart that is being read, as a `PartReader` is. It is
 * forwarded as it is: its header fields, and its bytes with no encoding undone.
 */
export interface ForwardedPart {
  /** The fields that are forwarded. */
  readonly headers: Headers;
  /** Tells a part from other things that have headers. */
  readonly transferEncoding: string | undefined;
  /** Whether something of the body has been read: then it cannot be forwarded. */
  readonly bodyUsed: boolean;
  /** The body; with `decode: false`, as it came. */
  stream(options: { decode: false }): ReadableStream<Uint8Array>;
  /** The body's chunks. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
}

/** What a part's body can be made of; a `MultipartWriter` is one of the iterables. */
export type MultipartContent =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | URLSearchParams
  | FormData
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | ForwardedPart;

/**
 * What a part's body can be: {@linkcode MultipartContent}, or a function that
 * gives it, so that a stream can be made again.
 */
export type MultipartBody =
  | MultipartContent
  | (() => MultipartContent | Promise<MultipartContent>);

/** A body, and what is known of it. */
export interface Body {
  /** Bytes; `undefined` if that is not known. */
  readonly size: number | undefined;
  /** The media type that it brings, if any. */
  readonly type: string | undefined;
  /** The media type where nothing else is known. */
  readonly defaultType: string;
  /** The name that it brings, if any. */
  readonly filename: string | undefined;
  readonly repeatable: boolean;
  /** RFC 2045, section 6.4: a multipart takes no transfer encoding. */
  readonly isMultipart: boolean;
  /** Whether opening or reading it may take a while. */
  readonly isLive: boolean;
  /** The fields of a part that is forwarded. */
  readonly forwarded?: Headers;
  /** The boundary of a multipart. */
  readonly boundary?: string;
  /** Why it cannot be opened now, if so. */
  problem(): string | undefined;
  /** Opens it; text is short. */
  open(): Content | Promise<Content>;
  /** The same for a Blob's constructor, where nothing has to be read for it. */
  segments?(): BlobPart[] | undefined;
}

const BYTES = "application/octet-stream";

const COMMON = {
  type: undefined,
  defaultType: BYTES,
  filename: undefined,
  repeatable: true,
  isMultipart: false,
  isLive: false,
  problem: () => undefined,
};

/** What writers are as bodies. They tell it here, so that it is nobody else's. */
const multiparts = new WeakMap<object, Body>();

/** What a multipart brings as a body; the rest is as in all. */
export type MultipartDescription = Pick<
  Body,
  | "size"
  | "repeatable"
  | "boundary"
  | "type"
  | "problem"
  | "open"
  | "segments"
>;

/** Lets `multipart` be a body. */
export function registerMultipart(
  multipart: object,
  description: MultipartDescription,
): void {
  multiparts.set(multipart, {
    defaultType: BYTES,
    filename: undefined,
    isMultipart: true,
    isLive: true,
    get size() {
      return description.size;
    },
    get repeatable() {
      return description.repeatable;
    },
    boundary: description.boundary,
    type: description.type,
    problem: () => description.problem(),
    open: () => description.open(),
    segments: () => description.segments?.(),
  });
}

/**
 * Says what `body` is.
 *
 * @throws {TypeError} If it is nothing that can be written.
 */
export function describeBody(body: MultipartBody): Body {
  return typeof body === "function"
    ? describeFunction(body)
    : describeContent(body);
}

function describeContent(body: MultipartContent): Body {
  if (typeof body === "string") return describeText(body);
  if (typeof body !== "object" || body === null) throw unwritable();
  const multipart = multiparts.get(body);
  if (multipart !== undefined) return multipart;
  if (body instanceof Uint8Array) return describeBytes(body);
  if (body instanceof ArrayBuffer) return describeBytes(new Uint8Array(body));
  if (ArrayBuffer.isView(body)) {
    const { buffer, byteOffset, byteLength } = body;
    return describeBytes(new Uint8Array(buffer, byteOffset, byteLength));
  }
  if (body instanceof Blob) return describeBlob(body);
  if (body instanceof URLSearchParams) {
    const type = "application/x-www-form-urlencoded";
    return { ...describeText(body.toString()), type };
  }
  if (body instanceof FormData) return describeForm(body);
  if (body instanceof Response) return describeResponse(body);
  if (isForwardedPart(body)) return describeForwarded(body);
  if (isReadableStream(body)) return describeStream(body);
  if (isAsyncIterable(body)) return describeIterable(body);
  throw unwritable();
}

function unwritable(): TypeError {
  return new TypeError(
    "Cannot write the body: it is no text, no bytes, no Blob, no form, no " +
      "response, no stream, no async iterable, no part and no multipart",
  );
}

function describeText(text: string): Body {
  const isSmall = text.length <= SMALL_BODY;
  return {
    ...COMMON,
    size: utf8Length(text),
    defaultType: "text/plain; charset=utf-8",
    open: () => isSmall ? text : new LocalSource(encodeText(text)),
    segments: () => [text],
  };
}

function describeBytes(bytes: Uint8Array): Body {
  return {
    ...COMMON,
    size: bytes.length,
    open: () => bytes,
    segments: () => [ownBuffer(bytes)],
  };
}

function describeBlob(blob: Blob): Body {
  return {
    ...COMMON,
    size: blob.size,
    type: blob.type || undefined,
    filename: blob instanceof File ? blob.name : undefined,
    isLive: blob.size > SMALL_BODY,
    open: () =>
      blob.size > SMALL_BODY
        ? new StreamSource(blob.stream())
        : blob.arrayBuffer().then((buffer) => new Uint8Array(buffer)),
    segments: () => [blob],
  };
}

function describeForm(form: FormData): Body {
  const boundary = randomBoundary();
  const parts = formEntries(form).map(({ fields, value }) => ({
    ...(typeof value === "string" ? describeText(value) : describeBlob(value)),
    fields,
    formatHead: () => formatPartHead(boundary, fields),
  }));
  const size = measure(boundary, parts);
  return {
    ...COMMON,
    size,
    type: formatMultipartType("form-data", boundary, {}),
    isMultipart: true,
    boundary,
    open: () => new Assembly(parts, { boundary, size, close: true }),
    segments: () => makeSegments(boundary, parts),
  };
}

function describeForwarded(part: ForwardedPart): Body {
  return {
    ...COMMON,
    size: undefined,
    ...once(
      part,
      () => new StreamSource(part.stream({ decode: false })),
      () => part.bodyUsed ? ALREADY_READ : undefined,
    ),
    forwarded: part.headers,
  };
}

function describeResponse(response: Response): Body {
  const type = response.headers.get("content-type") ?? undefined;
  const { body } = response;
  if (body === null) return { ...describeText(""), type, defaultType: BYTES };
  const stream = describeStream(body);
  return {
    ...stream,
    type,
    problem: () => response.bodyUsed ? ALREADY_READ : stream.problem(),
  };
}

function describeStream(stream: ReadableStream<unknown>): Body {
  return {
    ...COMMON,
    size: undefined,
    ...once(
      stream,
      () => new StreamSource(stream),
      () => stream.locked ? "it is locked to another reader" : undefined,
    ),
  };
}

function describeIterable(iterable: AsyncIterable<unknown>): Body {
  return {
    ...COMMON,
    size: undefined,
    ...once(
      iterable,
      () => new IterableSource(iterable),
      // Node's streams say when somebody has read of them.
      () =>
        "readableDidRead" in iterable && iterable.readableDidRead === true
          ? ALREADY_READ
          : undefined,
    ),
  };
}

function describeFunction(
  make: () => MultipartContent | Promise<MultipartContent>,
): Body {
  return {
    ...COMMON,
    size: undefined,
    isLive: true,
    open: async () => {
      const body = describeContent(await make());
      const problem = body.problem();
      if (problem !== undefined) {
        throw new TypeError(`Cannot write what a function gave: ${problem}`);
      }
      return await body.open();
    },
  };
}

const ALREADY_READ = "it has already been read";

/** What has been opened, by whichever writer, and can be read but once. */
const opened = new WeakSet<object>();

/** What is common to bodies that can be read once. */
function once(
  source: object,
  open: () => Content,
  problem: () => string | undefined,
): Pick<Body, "repeatable" | "isLive" | "problem" | "open"> {
  return {
    repeatable: false,
    isLive: true,
    problem: () => opened.has(source) ? ALREADY_READ : problem(),
    open: () => {
      opened.add(source);
      return open();
    },
  };
}

/** As a Blob's constructor takes it: bytes in shared memory are copied. */
function ownBuffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isUnshared(bytes) ? bytes : new Uint8Array(bytes);
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}

/** By what it has, since it may be another copy of this library's. */
export function isForwardedPart(value: object): value is ForwardedPart {
  return "headers" in value && "transferEncoding" in value &&
    hasMethod(value, "stream") && isAsyncIterable(value);
}

function isReadableStream(value: object): value is ReadableStream<Uint8Array> {
  return hasMethod(value, "getReader");
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return hasMethod(value, Symbol.asyncIterator);
}

function hasMethod(value: unknown, name: PropertyKey): boolean {
  return typeof value === "object" && value !== null && name in value &&
    typeof Reflect.get(value, name) === "function";
}
