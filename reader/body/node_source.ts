import type { ChunkResult, ChunkSource } from "../../wire/chunk_source.ts";
import { hasMethod } from "../../wire/type_guards.ts";

/** The members of Node's streams that are used here. */
export interface NodeReadable {
  readonly readableDidRead: boolean;
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  readonly errored: unknown;
  read(): Uint8Array | null;
  on(event: string, listener: (error: unknown) => void): void;
  off(event: string, listener: () => void): void;
  resume(): void;
  destroy(): void;
}

/** Whether `value` is a Node stream, by members that only those have. */
export function isNodeReadable(value: object): value is NodeReadable {
  return hasMethod(value, "iterator") && hasMethod(value, "resume");
}

/** Events after which a waiting read tries again. */
const EVENTS = ["readable", "end", "close"];

/** A read that is waiting for an event. */
interface Waiting {
  resolve(result: ChunkResult<Uint8Array>): void;
  reject(error: unknown): void;
}

/**
 * Reads Node's `IncomingMessage`.
 *
 * Node's own iterator destroys the connection when an iteration ends early, and
 * with it the response that would tell the client why; it also takes three
 * promises per chunk. So this class reads the stream itself. When reading ends
 * early, a request is left open and its rest is discarded, as Node does with an
 * unread body. A response is destroyed: its server would go on sending, and
 * keep the process alive.
 *
 * It listens for errors from the start, and never stops: an error that nobody
 * listens for ends the process, and it may be emitted after reading has ended,
 * as when a hang-up both destroys a request and aborts the reading of it.
 */
export class NodeSource implements ChunkSource<Uint8Array> {
  readonly settlesOnCancel = true;
  /** Node does not reuse the memory of a chunk. */
  readonly chunksAreKept = true;
  readonly #message: NodeReadable;
  readonly #isResponse: boolean;
  readonly #look = (): void => this.#settle();
  /** Only the event reports an error that does not destroy the stream. */
  #failure: { readonly error: unknown } | undefined;
  #isListening = false;
  #waiting: Waiting | undefined;

  constructor(message: NodeReadable, isResponse: boolean) {
    this.#message = message;
    this.#isResponse = isResponse;
    message.on("error", (error) => {
      this.#failure ??= { error };
      this.#settle();
    });
  }

  read(): ChunkResult<Uint8Array> | Promise<ChunkResult<Uint8Array>> {
    if (!this.#isListening) this.#listen();
    return this.#poll() ?? new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  cancel(): Promise<void> {
    this.release();
    this.#waiting?.resolve({ done: true });
    this.#waiting = undefined;
    if (this.#isResponse) this.#message.destroy();
    else this.#message.resume();
    return Promise.resolve();
  }

  release(): void {
    for (const event of EVENTS) this.#message.off(event, this.#look);
  }

  #listen(): void {
    this.#isListening = true;
    for (const event of EVENTS) this.#message.on(event, this.#look);
  }

  /** Returns the next chunk, or nothing if there is none yet. */
  #poll(): ChunkResult<Uint8Array> | undefined {
    const message = this.#message;
    const value = message.destroyed ? null : message.read();
    if (value !== null) return { done: false, value };
    if (message.errored) throw message.errored;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (message.readableEnded) return { done: true };
    if (!message.destroyed) return undefined;
    throw new Error("Cannot read the body: it was closed before its end");
  }

  #settle(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    try {
      const result = this.#poll();
      if (result === undefined) return;
      waiting.resolve(result);
    } catch (error) {
      waiting.reject(error);
    }
    this.#waiting = undefined;
  }
}
