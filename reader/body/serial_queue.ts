import { isPromise } from "../../wire/type_guards.ts";

/**
 * Runs operations one after the other, in the order in which they were asked
 * for, as a stream does with its reads.
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
   * Runs `operation` when those before it have settled: at once, if there are
   * none. What it has at hand makes a promise that is settled, and no other.
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
   * Lets what comes next wait for `result`, whose maker calls `end` just before
   * it settles; without that, as after an error, all that follows waits for it.
   */
  hold<T>(result: Promise<T>): Promise<T> {
    this.#last = result;
    this.#pending++;
    return result;
  }

  /** Says that what was held has come. */
  end(): void {
    if (--this.#pending === 0) this.#last = undefined;
  }

  #follow<T>(result: Promise<T>): Promise<T> {
    const forget = this.#forget ??= () => this.end();
    result.then(forget, forget);
    return this.hold(result);
  }
}
