/** The part of `@std/assert` that the tests use. npm's copy has no types. */

/** Any class of T. Parameter types are contravariant, hence `never`. */
type Constructor<T> = abstract new (...args: never[]) => T;

export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions);
}

export function equal(a: unknown, b: unknown): boolean;

export function assert(value: unknown, message?: string): asserts value;
export function assertFalse(value: unknown, message?: string): asserts value is
  | false
  | 0
  | ""
  | null
  | undefined;
export function assertExists<T>(
  value: T,
  message?: string,
): asserts value is NonNullable<T>;

export function assertEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void;
export function assertNotEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void;
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T;
export function assertNotStrictEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void;
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void;
export function assertObjectMatch(
  actual: Record<PropertyKey, unknown>,
  expected: Record<PropertyKey, unknown>,
  message?: string,
): void;
export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  message?: string,
): void;

export function assertGreater<T>(actual: T, low: T, message?: string): void;
export function assertGreaterOrEqual<T>(
  actual: T,
  low: T,
  message?: string,
): void;
export function assertLess<T>(actual: T, high: T, message?: string): void;
export function assertLessOrEqual<T>(
  actual: T,
  high: T,
  message?: string,
): void;

export function assertMatch(
  actual: string,
  expected: RegExp,
  message?: string,
): void;
export function assertNotMatch(
  actual: string,
  expected: RegExp,
  message?: string,
): void;
export function assertStringIncludes(
  actual: string,
  expected: string,
  message?: string,
): void;

export function assertInstanceOf<T>(
  actual: unknown,
  expected: Constructor<T>,
  message?: string,
): asserts actual is T;
export function assertNotInstanceOf<A, T>(
  actual: A,
  unexpected: Constructor<T>,
  message?: string,
): asserts actual is Exclude<A, T>;
export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: Constructor<E>,
  messageMatches?: string | RegExp,
  message?: string,
): asserts error is E;

export function assertThrows(fn: () => unknown, message?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: Constructor<E>,
  messageIncludes?: string,
  message?: string,
): E;

export function assertRejects(
  fn: () => PromiseLike<unknown>,
  message?: string,
): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: Constructor<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E>;

export function fail(message?: string): never;
export function unreachable(reason?: string): never;
export function unimplemented(message?: string): never;
