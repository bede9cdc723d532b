/**
 * What a runtime may lack or do wrong by itself. A test that needs it asserts
 * how the runtime fails instead, so that none is left out.
 */
import { assertThrows } from "@std/assert";

/** Whether this runtime has byte streams; WebKit does not. */
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
 * Runs `test` where there are byte streams. Elsewhere `make` must throw a
 * `TypeError`, which says so.
 */
export async function withByteStreams(
  make: () => unknown,
  test: () => void | Promise<void>,
): Promise<void> {
  if (hasByteStreams) await test();
  else assertThrows(make, TypeError);
}

/** Why this runtime cannot read a form of its own back, as WebKitGTK with a file. */
export function failureToRead(form: FormData): Promise<unknown> {
  return new Response(form).arrayBuffer().then(
    () => undefined,
    (error) => error,
  );
}
