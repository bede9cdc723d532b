/**
 * Runs operations one after the other, in the order in which they were asked
 * for, as a stream does with its reads.
 */
export class SerialQueue {
  #last: Promise<unknown> | undefined;

  /** Runs `operation` when those before it have settled: at once, if there are none. */
  run<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last === undefined
      ? operation()
      : this.#last.then(operation, operation);
    this.#last = result;
    const forget = (): void => {
      if (this.#last === result) this.#last = undefined;
    };
    result.then(forget, forget);
    return result;
  }
}
