import { encodeUtf8 } from "../../wire/bytes.ts";
import { excerpt, MultipartError } from "../../wire/errors.ts";
import type { PartReader } from "../part_reader.ts";
import type { FileStore } from "./file_store.ts";
import { UndoStack } from "./undo_stack.ts";

/** What the rules of one form share while it is read: memory, waiting, undoing. */
export class FormContext {
  readonly #bufferedBytes: number;
  readonly #signal: AbortSignal;
  readonly #undos = new UndoStack();
  #room: number;

  /** @param bufferedBytes What all that is held may have. */
  constructor(bufferedBytes: number, signal: AbortSignal | undefined) {
    this.#bufferedBytes = bufferedBytes;
    this.#room = bufferedBytes;
    this.#signal = signal ?? new AbortController().signal;
  }

  /**
   * Takes a part into memory.
   *
   * @param maxBytes What its rule allows.
   * @param take Takes it, within what it is told.
   * @throws {MultipartError} `part-too-large`.
   */
  async hold<T extends string | File>(
    part: PartReader,
    maxBytes: number,
    take: (maxBytes: number) => Promise<T>,
  ): Promise<T> {
    this.holdHead(part);
    const bound = Math.min(maxBytes, this.#room);
    let value: T;
    try {
      value = await take(bound);
    } catch (error) {
      const isBound = error instanceof MultipartError &&
        error.code === "part-too-large" && error.limit !== "partBytes";
      throw isBound ? this.#tooLarge(part, maxBytes) : error;
    }
    this.#count(
      part,
      // Bytes that were not valid count for more as text than as they came.
      typeof value === "string" ? encodeUtf8(value).length : value.size,
    );
    return value;
  }

  /** Counts the names that the value of a part may keep. */
  holdHead(part: PartReader): void {
    const { name = "", filename = "", contentType = "" } = part;
    this.#count(part, encodeUtf8(name + filename + contentType).length);
  }

  /** Hands a part to a caller's store, which may undo what it has done. */
  store(part: PartReader, store: FileStore<unknown>): Promise<unknown> {
    this.holdHead(part);
    const undo = (action: () => unknown): void => this.#undos.add(action);
    return this.wait(store(part, { signal: this.#signal, undo }));
  }

  /**
   * Waits for a caller's function, but no longer than until the signal is
   * aborted.
   */
  wait<T>(value: T | Promise<T>): Promise<T> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort);
      Promise.resolve(value).then(resolve, reject).finally(() =>
        signal.removeEventListener("abort", onAbort)
      );
    });
  }

  /** Undoes all that was stored, because of `error`. */
  undo(error: unknown): Promise<void> {
    return this.#undos.run(error);
  }

  /** Says that nothing will be undone any more. */
  complete(): void {
    if (this.#signal.aborted) throw this.#signal.reason;
    this.#undos.close();
  }

  #count(part: PartReader, bytes: number): void {
    this.#room -= bytes;
    if (this.#room < 0) throw this.#tooLarge(part, Infinity);
  }

  #tooLarge(
    { index, name }: PartReader,
    maxBytes: number,
  ): MultipartError {
    const isOwn = maxBytes <= this.#room;
    const state = isOwn
      ? `it has more than ${maxBytes} bytes`
      : `the form has more than ${this.#bufferedBytes} bytes to hold`;
    return new MultipartError(
      "part-too-large",
      `Cannot hold ${excerpt(name ?? "")}: ${state}`,
      {
        partIndex: index,
        partName: name,
        limit: isOwn ? "maxBytes" : "bufferedBytes",
      },
    );
  }
}
