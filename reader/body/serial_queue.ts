import { isPromise } from "../../wire/type_guards.ts";

/**
 * Runs operations one after another, in the order of the calls, as a stream
 * does with its reads.
 */
export class SerialQueue {
  #last: Promise<unknown> | undefined;
  #pending = 0;
  #forget: (() => void) | undefined;

  /** Whether nothing is pending. */
  get isIdle(): boolean {
    return this.#last === undefined;
  }

  /**
   * Runs `operation` when earlier ones have settled, at once if there are none.
   * A synchronous result becomes one settled promise, and no other.
   */
  run<T>(operation: () => T | Promise<T>): Promise<T> {
    if (this.#last !== undefined) {
      return this.#follow(this.#last.then(operation, operation));
    }
    let result: T | Promise<T>;
    try {
      result = operation();
    } catch (error) {
      return Promise.reject(error);
    }
    return isPromise(result) ? this.#follow(result) : Promise.resolve(result);
  }

  /**
   * Makes the next operation wait for `result`, whose owner calls `end` just
   * before it settles; otherwise, as after an error, later operations wait for
   * the promise itself.
   */
  hold<T>(result: Promise<T>): Promise<T> {
    this.#last = result;
    this.#pending++;
    return result;
  }

  /** Ends the wait for the held result. */
  end(): void {
    if (--this.#pending === 0) this.#last = undefined;
  }

  #follow<T>(result: Promise<T>): Promise<T> {
    const forget = this.#forget ??= () => this.end();
    result.then(forget, forget);
    return this.hold(result);
  }
}
