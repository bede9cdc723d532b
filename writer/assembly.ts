import { BLOCK_SIZE, BlockBuilder } from "./block_builder.ts";
import { type ByteSource, LocalSource } from "./byte_source.ts";
import { formatClose, PART_END } from "./serializer.ts";
import { encodeText } from "./text.ts";

/** Bodies up to this size, in bytes, are gathered; longer ones pass as they are. */
export const SMALL_BODY = 16 * 1024;

/** What is written for a body: text, bytes, or what they are pulled from. */
export type Content = string | Uint8Array | ByteSource;

/** The same as a source, whatever it is. */
export function sourceOf(content: Content): ByteSource {
  if (typeof content === "string") return new LocalSource(encodeText(content));
  if (content instanceof Uint8Array) return new LocalSource([content]);
  return content;
}

/** A part that is ready to be written. */
export interface AssembledPart {
  /** Its delimiter, its fields and the empty line: a byte string. */
  formatHead(boundary: string): string;
  /** Whether opening or reading the body may take a while. */
  readonly isLive: boolean;
  /** Opens the body. Text is short. */
  open(): Content | Promise<Content>;
}

/** How parts become one multipart. */
export interface AssemblyOptions {
  readonly boundary: string;
  /** Whether the close delimiter is written. */
  readonly close: boolean;
  /** Bytes of the whole, where that is known. */
  readonly size: number | undefined;
}

/**
 * Makes a multipart of parts, a chunk a call. One body is open at a time, and
 * none before its turn. What is gathered goes out before anything is waited
 * for.
 */
export class Assembly implements ByteSource {
  readonly #parts: Iterator<AssembledPart>;
  readonly #out: BlockBuilder;
  readonly #boundary: string;
  readonly #tail: string;
  #part: AssembledPart | undefined;
  #source: ByteSource | undefined;
  #isOver = false;

  constructor(parts: Iterable<AssembledPart>, options: AssemblyOptions) {
    this.#parts = parts[Symbol.iterator]();
    this.#boundary = options.boundary;
    this.#tail = options.close ? formatClose(options.boundary) : "";
    this.#out = new BlockBuilder(
      Math.min(BLOCK_SIZE, options.size ?? Infinity),
    );
  }

  /** Whether all has been handed out. */
  get isOver(): boolean {
    return this.#isOver && this.#out.isEmpty;
  }

  async read(): Promise<Uint8Array | null> {
    try {
      return await this.#next();
    } catch (error) {
      // Not awaited: a body whose cancelling hangs must not hide the error.
      this.cancel(error).catch(() => {});
      throw error;
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isOver = true;
    const source = this.#source;
    this.#source = undefined;
    await source?.cancel(reason);
  }

  async #next(): Promise<Uint8Array | null> {
    for (;;) {
      const block = this.#out.takeFull();
      if (block !== undefined) return block;
      if (this.#isOver) return this.#out.take() ?? null;
      if (this.#source !== undefined) {
        const gathered = this.#out.take();
        if (gathered !== undefined) return gathered;
        const chunk = await this.#readBody(this.#source);
        if (chunk !== undefined) return chunk;
      } else if (this.#part !== undefined) {
        const gathered = this.#part.isLive ? this.#out.take() : undefined;
        if (gathered !== undefined) return gathered;
        const opened = this.#part.open();
        // Awaiting what is there already would cost more than writing it.
        this.#startBody(opened instanceof Promise ? await opened : opened);
        // Somebody may have cancelled in the meantime.
        if (this.#isOver) await this.cancel(undefined);
      } else {
        this.#startPart();
      }
    }
  }

  #startPart(): void {
    const { done, value } = this.#parts.next();
    if (done) {
      this.#out.addByteString(this.#tail);
      this.#isOver = true;
    } else {
      this.#part = value;
      this.#out.addByteString(value.formatHead(this.#boundary));
    }
  }

  #endPart(): void {
    this.#part = undefined;
    this.#source = undefined;
    this.#out.addByteString(PART_END);
  }

  #startBody(content: Content): void {
    if (typeof content === "string") {
      this.#out.addText(content);
      this.#endPart();
    } else if (!(content instanceof Uint8Array)) {
      this.#source = content;
    } else if (content.length > SMALL_BODY) {
      // It goes out as it is, behind what is gathered.
      this.#source = new LocalSource([content]);
    } else {
      this.#out.addBytes(content);
      this.#endPart();
    }
  }

  async #readBody(source: ByteSource): Promise<Uint8Array | undefined> {
    const chunk = await source.read();
    if (this.#isOver) return undefined;
    if (chunk === null) this.#endPart();
    else if (chunk.length > 0) return chunk;
    return undefined;
  }
}
