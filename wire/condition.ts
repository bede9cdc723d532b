/**
 * A condition variable for one waiter. Waiting for promises that stay pending
 * would pile up callbacks on them.
 */
export class Condition {
  #resume: (() => void) | undefined;

  /** Resolves at the next call of `notify`. */
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
