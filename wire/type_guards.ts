/**
 * Type guards that go by what a value can do, not by its class: it may come
 * from another realm or a polyfill.
 *
 * @module
 */

/** Whether `value` is an object with this method. */
export function hasMethod(value: unknown, name: PropertyKey): boolean {
  return typeof value === "object" && value !== null &&
    typeof Reflect.get(value, name) === "function";
}

/**
 * Whether `value` has to be awaited. Under Jest, the promises of streams come
 * from another realm.
 */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise || hasMethod(value, "then");
}

/** Whether `value` is a stream. */
export function isReadableStream(
  value: unknown,
): value is ReadableStream<Uint8Array> {
  return hasMethod(value, "getReader");
}

/**
 * Whether `value` is a Blob or a File. Those of other realms, polyfills and
 * test environments may lack the tag, and `stream()` or `arrayBuffer()`: read
 * them with `streamBlob` and `readBlob`.
 */
export function isBlob(value: unknown): value is Blob {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Blob) return true;
  return "size" in value && Number.isSafeInteger(value.size) &&
    "type" in value && typeof value.type === "string" &&
    (hasMethod(value, "stream") || hasMethod(value, "arrayBuffer"));
}

/** A Blob's bytes as a stream, with whichever method it has. */
export function streamBlob(blob: Blob): ReadableStream<Uint8Array> {
  if (hasMethod(blob, "stream")) return blob.stream();
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(new Uint8Array(await blob.arrayBuffer()));
      controller.close();
    },
  }, { highWaterMark: 0 });
}

/** A Blob's bytes, with whichever method it has. */
export async function readBlob(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = hasMethod(blob, "arrayBuffer")
    ? blob.arrayBuffer()
    : new Response(blob.stream()).arrayBuffer();
  return new Uint8Array(await buffer);
}

/** Whether `value` can be iterated with `for await`. */
export function isAsyncIterable(
  value: unknown,
): value is AsyncIterable<Uint8Array> {
  return hasMethod(value, Symbol.asyncIterator);
}

/** Whether `value` is iterable, but not a string. */
export function isIterable(value: unknown): value is Iterable<Uint8Array> {
  return hasMethod(value, Symbol.iterator);
}

/** The class name that `value` claims: `"FormData"`, ... */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * The bytes of a view or a buffer, without a copy; `undefined` if `value` is
 * neither, and `null` if its buffer is detached. A `Uint8Array` of this realm
 * is returned as is.
 */
export function bytesOf(value: unknown): Uint8Array | undefined | null {
  if (value instanceof Uint8Array) {
    return value.length === 0 && isDetached(value.buffer) ? null : value;
  }
  if (ArrayBuffer.isView(value)) {
    // The offset of a detached DataView cannot be read.
    return isDetached(value.buffer)
      ? null
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (!isBuffer(value)) return undefined;
  return isDetached(value) ? null : new Uint8Array(value);
}

function isBuffer(value: unknown): value is ArrayBufferLike {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof ArrayBuffer) return true;
  const tag = tagOf(value);
  // Anything can have the tag, but a view can be made only of a buffer, and the
  // getter works only on a buffer, even a detached one. Pages that are not
  // isolated have shared buffers, but no global class for them.
  try {
    if (tag === "SharedArrayBuffer") return viewOf(value).buffer === value;
    if (tag !== "ArrayBuffer") return false;
    Reflect.get(ArrayBuffer.prototype, "byteLength", value);
    return true;
  } catch {
    return false;
  }
}

function viewOf(value: object): Uint8Array {
  return new Uint8Array(value as ArrayBufferLike);
}

/** Whether a buffer is detached: it looks empty until it is used. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}
