import { MultipartError, MultipartParser } from "@tributary/multipart";

/** A run of the request's bytes of one kind. */
export interface RawPiece {
  kind: "delimiter" | "head" | "body" | "epilogue" | "unread";
  /** The position in the request's body. */
  offset: number;
  length: number;
  /** Its first bytes, with one character below U+0100 per byte. */
  bytes: string;
}

// Limits a record's size, whatever is sent: the number of its pieces, and the
// bytes that each one keeps. During a request, one head or one chunk is also
// pending.
const MAX_PIECES = 3 * 32 + 1;
const MAX_ROOM = 64 * 1024;
const KEPT_OF = {
  delimiter: 256,
  head: 2048,
  body: 256,
  epilogue: 256,
  unread: 256,
};

/**
 * The bytes of one request, split at its delimiters and heads. Its own parser
 * reads each chunk, and the parser's offsets are the places to split.
 */
export class RawRequest {
  readonly boundary: string;
  /** The error in the bytes, if there is one. */
  problem: { code: string; message: string; offset: number } | undefined;
  readonly pieces: RawPiece[] = [];
  received = 0;
  readonly #parser: MultipartParser;
  /**
   * The bytes that belong to no piece yet, and their position. The buffer may
   * have room after them, which belongs to this record.
   */
  #pending: Uint8Array = new Uint8Array();
  #offset = 0;
  #isWatching = true;

  constructor(boundary: string) {
    this.boundary = boundary;
    this.#parser = new MultipartParser({ boundary, profile: "form-data" });
  }

  /** Takes the next chunk, and keeps little of it. */
  take(chunk: Uint8Array): void {
    this.received += chunk.length;
    if (!this.#isWatching) return;
    const isAlone = this.#pending.length === 0;
    this.#pending = isAlone ? chunk : append(this.#pending, chunk);
    this.#try(() => {
      this.#parser.push(chunk);
      this.#cut();
    });
    // A view would keep the whole chunk in memory.
    if (isAlone || this.#pending.buffer.byteLength > MAX_ROOM) {
      this.#pending = this.#pending.slice();
    }
  }

  /** Signals the end of the body. */
  end(): void {
    if (!this.#isWatching) return;
    this.#try(() => {
      this.#parser.end();
      this.#cut();
    });
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof MultipartError)) throw error;
      const { code, message, offset = this.#offset } = error;
      this.problem = { code, message, offset };
      this.#take("unread", this.#pending.length);
      this.#isWatching = false;
    }
  }

  #cut(): void {
    for (;;) {
      const event = this.#parser.next();
      if (event.type === "need-data") return;
      if (event.type === "end") {
        this.#take("epilogue", this.#pending.length);
        this.#isWatching = false;
        return;
      }
      if (event.type === "data") {
        this.#take("body", event.data.length);
      } else if (event.type === "part-end") {
        this.#take("delimiter", this.#parser.offset - this.#offset);
      } else {
        if (this.#offset === 0) this.#take("delimiter", this.#firstLine());
        this.#take("head", this.#parser.offset - this.#offset);
      }
      if (this.pieces.length < MAX_PIECES) continue;
      this.#isWatching = false;
      return;
    }
  }

  /**
   * Returns the length of the first delimiter, including the line ending before
   * it.
   */
  #firstLine(): number {
    const start = this.#pending[0] === 0x0d ? 2 : 0;
    return this.#pending.indexOf(0x0a, start) + 1;
  }

  /** Makes a piece of the pending bytes, or adds them to the current piece. */
  #take(kind: RawPiece["kind"], length: number): void {
    if (length === 0 && kind !== "body") return;
    let piece = this.pieces.at(-1);
    if (piece?.kind !== kind) {
      piece = { kind, offset: this.#offset, length: 0, bytes: "" };
      this.pieces.push(piece);
    }
    const wanted = Math.min(length, KEPT_OF[kind] - piece.bytes.length);
    const kept = this.#pending.subarray(0, wanted);
    piece.bytes += String.fromCharCode(...kept);
    piece.length += length;
    this.#pending = this.#pending.subarray(length);
    this.#offset += length;
  }
}

/**
 * Appends `chunk` to `pending`, in the room of its buffer. If there is too
 * little room, it doubles the buffer: copying everything for each byte would be
 * quadratic.
 */
function append(pending: Uint8Array, chunk: Uint8Array): Uint8Array {
  const { buffer, byteOffset } = pending;
  const length = pending.length + chunk.length;
  if (byteOffset + length <= buffer.byteLength) {
    const joined = new Uint8Array(buffer, byteOffset, length);
    joined.set(chunk, pending.length);
    return joined;
  }
  const roomy = new Uint8Array(2 * length);
  roomy.set(pending);
  roomy.set(chunk, pending.length);
  return roomy.subarray(0, length);
}
