import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { IteratorSource, StreamSource } from "../../wire/chunk_source.ts";
import { isSettled } from "../reader/probe.ts";

/** An iterator of numbers. Its `return()` waits for `ending`. */
function iteratorOf(ending: Promise<unknown>): AsyncIterator<number> {
  let next = 0;
  return {
    next: () => Promise.resolve({ done: false, value: next++ }),
    return: async () => {
      await ending;
      return { done: true as const, value: undefined };
    },
  };
}

describe("the source that reads an iterator", () => {
  it("gives at once what is there at once", () => {
    const source = new IteratorSource([1, 2][Symbol.iterator]());
    assertEquals(source.read(), { done: false, value: 1 });
    assertEquals(source.read(), { done: false, value: 2 });
    assertEquals(source.read(), { done: true, value: undefined });
  });

  for (const reads of [0, 1, 2]) {
    it(`ends it, and waits for that, after ${reads} reads`, async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const source = new IteratorSource(iteratorOf(promise));
      for (let count = 0; count < reads; count++) {
        assertEquals(await source.read(), { done: false, value: count });
      }
      const cancelled = source.cancel(undefined);
      assertEquals(await isSettled(cancelled), false);
      resolve();
      await cancelled;
    });

    it(`fails with what its ending fails with, after ${reads} reads`, async () => {
      const source = new IteratorSource(
        iteratorOf(Promise.reject(new Error("no end"))),
      );
      for (let count = 0; count < reads; count++) await source.read();
      await assertRejects(() => source.cancel(undefined), Error, "no end");
    });
  }

  it("waits for no iterator that waits itself", async () => {
    const source = new IteratorSource({
      next: () => new Promise<IteratorResult<number>>(() => {}),
      return: () => Promise.reject(new Error("nobody listens")),
    });
    const read = source.read();
    assert(read instanceof Promise);
    await source.cancel(undefined);
    assertEquals(await isSettled(read), false);
  });

  it("ends none that has ended or failed already", async () => {
    let endings = 0;
    const ending = () => {
      endings++;
      return { done: true as const, value: undefined };
    };
    const failing = new IteratorSource<number>({
      next: () => Promise.reject(new Error("broken")),
      return: () => Promise.resolve(ending()),
    });
    await assertRejects(async () => await failing.read(), Error, "broken");
    await failing.cancel(undefined);
    const throwing = new IteratorSource<number>({
      next: () => {
        throw new Error("broken");
      },
      return: ending,
    });
    assertThrows(() => throwing.read(), Error, "broken");
    await throwing.cancel(undefined);
    const next = () => ({ done: true as const, value: undefined });
    const ended = new IteratorSource<number>({ next, return: ending });
    assertEquals((await ended.read()).done, true);
    await ended.cancel(undefined);
    assertEquals(endings, 0);
  });

  it("ends one once, however often it is cancelled", async () => {
    let endings = 0;
    const source = new IteratorSource<number>({
      next: () => ({ done: false, value: 1 }),
      return: () => {
        endings++;
        return { done: true as const, value: undefined };
      },
    });
    await source.cancel(undefined);
    await source.cancel(undefined);
    assertEquals(endings, 1);
  });

  it("takes nothing but objects for what came", async () => {
    for (const result of [null, undefined, 1, "text"]) {
      const sync = new IteratorSource<number>({
        next: () => result as unknown as IteratorResult<number>,
      });
      assertThrows(
        () => sync.read(),
        TypeError,
        "Cannot read the iterator: next() returned no object",
      );
      const pending = new IteratorSource<number>({
        next: () =>
          Promise.resolve(result as unknown as IteratorResult<number>),
      });
      await assertRejects(
        async () => await pending.read(),
        TypeError,
        "Cannot read the iterator: next() returned no object",
      );
    }
  });

  it("ends what has no ending of its own", async () => {
    const next = () => ({ done: false, value: 1 });
    await new IteratorSource({ next }).cancel(undefined);
  });
});

describe("the source that reads a stream", () => {
  it("cancels it with the reason, and releases it", async () => {
    const reasons: unknown[] = [];
    const stream = new ReadableStream<number>({
      cancel: (reason) => void reasons.push(reason),
    });
    const reason = new Error("enough");
    const source = new StreamSource(stream);
    assertThrows(
      () => new StreamSource(stream),
      TypeError,
      "Cannot read the body: it is locked to another reader",
    );
    await source.cancel(reason);
    assertEquals(reasons, [reason]);
    assertEquals(stream.locked, false);
  });

  it("releases what has ended", async () => {
    const stream = new ReadableStream<number>({
      start: (controller) => controller.close(),
    });
    const source = new StreamSource(stream);
    assertEquals((await source.read()).done, true);
    source.release();
    assertEquals(stream.locked, false);
  });
});
