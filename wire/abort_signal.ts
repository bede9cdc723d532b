import { hasMethod } from "./type_guards.ts";

/**
 * Makes sure that an option `signal` can abort something, before a source is
 * opened that it is to release.
 *
 * @throws {TypeError} If it is given, and not an `AbortSignal` of any realm.
 */
export function assertSignal(signal: unknown): void {
  // `null` is not a signal, as in the options of fetch().
  if (signal === undefined || signal === null) return;
  if (
    hasMethod(signal, "addEventListener") &&
    Object(signal).aborted !== undefined
  ) return;
  throw new TypeError(
    "Cannot use `signal`: it is not an AbortSignal, such as `controller.signal`",
  );
}
