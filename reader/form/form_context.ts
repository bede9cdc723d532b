import { FormMemory } from "../form_memory.ts";
import type { PartReader } from "../part_reader.ts";
import type { FileStore } from "./file_store.ts";
import { UndoStack } from "./undo_stack.ts";

/**
 * What the rules of one form share while it is read: memory, the abort signal,
 * and undo actions.
 */
export class FormContext {
  readonly memory: FormMemory;
  readonly #undos = new UndoStack();
  #signal: AbortSignal | undefined;

  /** @param bufferedBytes The most bytes that the form may hold. */
  constructor(bufferedBytes: number, signal: AbortSignal | undefined) {
    this.memory = new FormMemory(bufferedBytes);
    this.#signal = signal ?? undefined;
  }

  /** Calls a caller's store, which may register undo actions. */
  store(part: PartReader, store: FileStore<unknown>): Promise<unknown> {
    this.memory.holdNames(part);
    const undo = (action: () => unknown): void => this.#undos.add(action);
    const signal = this.#signal ??= new AbortController().signal;
    return this.wait(store(part, { signal, undo }));
  }

  /** Waits for a caller's function, until the signal is aborted. */
  wait<T>(value: T | Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return Promise.resolve(value);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort);
      Promise.resolve(value).then(resolve, reject).finally(() =>
        signal.removeEventListener("abort", onAbort)
      );
    });
  }

  /** Undoes everything that was stored, because of `error`. */
  undo(error: unknown): Promise<void> {
    return this.#undos.run(error);
  }

  /** Discards the undo actions: the form is complete. */
  complete(): void {
    if (this.#signal?.aborted) throw this.#signal.reason;
    this.#undos.close();
  }
}
