/**
 * Features that a runtime may lack or implement wrong. A test that needs one
 * asserts how the runtime fails instead, so that no test is left out.
 */
import { assertThrows } from "@std/assert";

/** Whether this runtime has byte streams. WebKit does not. */
export const hasByteStreams = canMakeByteStream();

function canMakeByteStream(): boolean {
  try {
    new ReadableStream({ type: "bytes" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs `test` on runtimes with byte streams. On others, `make` must throw a
 * `TypeError`.
 */
export async function withByteStreams(
  make: () => unknown,
  test: () => void | Promise<void>,
): Promise<void> {
  if (hasByteStreams) await test();
  else assertThrows(make, TypeError);
}

/**
 * Returns the error if this runtime cannot read back its own form, such as
 * WebKitGTK a form with a file.
 */
export function failureToRead(form: FormData): Promise<unknown> {
  return new Response(form).arrayBuffer().then(
    () => undefined,
    (error) => error,
  );
}
