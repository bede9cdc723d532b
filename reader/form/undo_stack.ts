/** The actions to run when a form fails: the last one first, each awaited. */
export class UndoStack {
  #actions: (() => unknown)[] = [];
  #state: "open" | "undone" | "closed" = "open";

  /** Adds an action. If the form has failed already, it runs at once. */
  add(action: () => unknown): void {
    if (this.#state === "open") this.#actions.push(action);
    else if (this.#state === "undone") runLate(action);
  }

  /** Discards all actions. */
  close(): void {
    this.#actions = [];
    this.#state = "closed";
  }

  /**
   * Runs all actions. The errors of those that fail become the cause of
   * `error`, if it has none.
   */
  async run(error: unknown): Promise<void> {
    this.#state = "undone";
    const failures: unknown[] = [];
    for (const action of this.#actions.reverse()) {
      try {
        await action();
      } catch (failure) {
        failures.push(failure);
      }
    }
    this.#actions = [];
    if (failures.length > 0) addCause(error, failures);
  }
}

async function runLate(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch {
    // The form has failed already, and its error has been thrown.
  }
}

/** The first error is thrown unchanged, so the others can only be its cause. */
function addCause(error: unknown, failures: unknown[]): void {
  const canTakeCause = error instanceof Error && error.cause === undefined &&
    Object.isExtensible(error);
  if (!canTakeCause) return;
  const cause = new AggregateError(
    failures,
    "Cannot undo everything that was stored for the form",
  );
  // Like the constructor of Error.
  Object.defineProperty(error, "cause", {
    value: cause,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
