import { MultipartError } from "../wire/errors.ts";

/** What a walk needs of a part. */
interface Node<P> {
  readonly isMultipart: boolean;
  parts(): Branch<P>;
}

/** What a walk needs of a reader. */
interface Branch<P> {
  next(): Promise<IteratorResult<P, undefined>>;
  cancel(reason?: unknown): Promise<void>;
}

/**
 * Iterates over the leaves of the tree of parts, depth first. It is not an
 * async generator, because the `return()` of a generator waits for a pending
 * `next()`.
 */
export class PartWalk<P extends Node<P>>
  implements AsyncGenerator<P, void, undefined> {
  readonly #root: Branch<P>;
  /** The readers from the outermost down to the current one. */
  readonly #branches: Branch<P>[];
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(root: Branch<P>) {
    this.#root = root;
    this.#branches = [root];
  }

  /** Returns the next leaf. Calls queue. */
  next(): Promise<IteratorResult<P, void>> {
    const next = this.#last.then(() => this.#advance());
    this.#last = next.catch(() => {});
    return next;
  }

  /** Ends the walk, and cancels the source. */
  async return(): Promise<IteratorResult<P, void>> {
    if (!this.#isOver) {
      this.#isOver = true;
      await this.#root.cancel();
    }
    return { done: true, value: undefined };
  }

  /** Ends the walk with an error. */
  async throw(error: unknown): Promise<IteratorResult<P, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #advance(): Promise<IteratorResult<P, void>> {
    try {
      for (;;) {
        const branch = this.#branches.at(-1);
        if (this.#isOver || branch === undefined) break;
        const { done, value: part } = await branch.next();
        if (done) {
          this.#branches.pop();
          continue;
        }
        const inner = part.isMultipart ? partsOf(part) : undefined;
        if (inner === undefined) return { done: false, value: part };
        this.#branches.push(inner);
      }
    } catch (error) {
      // After the walk has ended, errors are ignored.
      if (!this.#isOver) {
        this.#isOver = true;
        this.#root.cancel(error).catch(() => {});
        throw error;
      }
    }
    this.#isOver = true;
    return { done: true, value: undefined };
  }
}

/** A multipart's parts; `undefined` if it has no usable boundary. */
function partsOf<P extends Node<P>>(part: P): Branch<P> | undefined {
  try {
    return part.parts();
  } catch (error) {
    const isLeaf = error instanceof MultipartError &&
      error.code === "invalid-boundary";
    if (isLeaf) return undefined;
    throw error;
  }
}
