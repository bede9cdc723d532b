/**
 * A condition variable, for one waiter. (It has nothing to do with conditional
 * requests.) Waiting on promises that stay pending would pile up callbacks on
 * them.
 */
export class Condition {
  #resume: (() => void) | undefined;

  /** Resolves at the next call to `notify`. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  /** Wakes the waiter, if there is one. */
  notify(): void {
    this.#resume?.();
    this.#resume = undefined;
  }
}
