/**
 * What a value is, by what it can do and not by its class: it may be of another
 * realm, or a polyfill's.
 *
 * @module
 */

/** Whether `value` is an object with a method of this name. */
export function hasMethod(value: unknown, name: PropertyKey): boolean {
  return typeof value === "object" && value !== null && name in value &&
    typeof Reflect.get(value, name) === "function";
}

/**
 * Whether `value` has to be waited for. Under Jest the promises of streams are
 * of another realm than this code.
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
 * Whether `value` is a Blob or a File. Those of other realms, of polyfills and of
 * test environments may lack the tag, and `stream()` or `arrayBuffer()`: read
 * them by `streamBlob` and `readBlob`.
 */
export function isBlob(value: unknown): value is Blob {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Blob) return true;
  return "size" in value && Number.isSafeInteger(value.size) &&
    "type" in value && typeof value.type === "string" &&
    (hasMethod(value, "stream") || hasMethod(value, "arrayBuffer"));
}

/** The bytes of a Blob as a stream, whichever of its methods there are. */
export function streamBlob(blob: Blob): ReadableStream<Uint8Array> {
  if (hasMethod(blob, "stream")) return blob.stream();
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(new Uint8Array(await blob.arrayBuffer()));
      controller.close();
    },
  }, { highWaterMark: 0 });
}

/** The bytes of a Blob, whichever of its methods there are. */
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

/** Whether `value` can be iterated; text is not meant. */
export function isIterable(value: unknown): value is Iterable<Uint8Array> {
  return hasMethod(value, Symbol.iterator);
}

/** The class that `value` says it is of: `"FormData"`, ... */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/**
 * The bytes of a view, or of a buffer, with no copy; `undefined` if `value` is
 * neither, and `null` if its buffer is detached. A `Uint8Array` of this realm
 * stays what it is.
 */
export function bytesOf(value: unknown): Uint8Array | undefined | null {
  if (value instanceof Uint8Array) {
    return value.length === 0 && isDetached(value.buffer) ? null : value;
  }
  if (ArrayBuffer.isView(value)) {
    // Of a DataView's place nothing can be asked any more.
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
  // Anything can have the tag, but only of a buffer a view is made, and only a
  // buffer has what the getter looks for, be it detached. Pages that are not
  // isolated have shared buffers, but no name for their class.
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

/** A detached buffer seems to be an empty one, until it is used. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}
