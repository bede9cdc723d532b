import { hasMethod } from "./type_guards.ts";

/**
 * Checks an option `signal`, before the source that it is to release is opened.
 *
 * @throws {TypeError} If it is given and is not an `AbortSignal`, of any realm.
 */
export function assertSignal(signal: unknown): void {
  // `null` means no signal, as in the options of fetch().
  if (signal === undefined || signal === null) return;
  if (
    hasMethod(signal, "addEventListener") &&
    Object(signal).aborted !== undefined
  ) return;
  throw new TypeError(
    "Cannot use `signal`: it is not an AbortSignal, such as `controller.signal`",
  );
}
