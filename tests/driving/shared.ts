import { after } from "node:test";

/**
 * Something that the tests of a file share. It is made when a test first needs
 * it, and ended after the file's last test. A file starts nothing when it is
 * loaded, so a file whose tests are skipped leaves nothing behind.
 */
export function shared<T>(
  make: () => T | Promise<T>,
  end: (made: T) => unknown,
): () => Promise<T> {
  let made: Promise<T> | undefined;
  after(async () => {
    // If it could not be made, the tests that needed it have already failed.
    const one = await made?.catch(() => undefined);
    if (one !== undefined) await end(one);
  });
  return () => made ??= Promise.resolve().then(make);
}
