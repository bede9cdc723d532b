import { after } from "node:test";

/**
 * Something that the tests of a file share. It is made when a test first asks
 * for it, and ended after the last test of the file: a file starts nothing when
 * it is loaded, so that one whose tests are left out leaves nothing behind.
 */
export function shared<T>(
  make: () => T | Promise<T>,
  end: (made: T) => unknown,
): () => Promise<T> {
  let made: Promise<T> | undefined;
  after(async () => {
    // What could not be made has failed the tests that asked for it.
    const one = await made?.catch(() => undefined);
    if (one !== undefined) await end(one);
  });
  return () => made ??= Promise.resolve().then(make);
}
