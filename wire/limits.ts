/**
 * Bounds on what a peer may send. Each is a number of bytes, or a count, and
 * may be `Infinity`; each has its own error.
 *
 * @example Bound a public form
 * ```ts
 * import {
 *   MultipartError,
 *   type MultipartLimits,
 *   MultipartReader,
 * } from "@tributary/multipart";
 *
 * const limits: MultipartLimits = { totalBytes: 50_000_000, parts: 1 };
 * const form = new FormData();
 * form.append("a", "1");
 * form.append("b", "2");
 * const reader = MultipartReader.from(new Response(form), { limits });
 * const error = await reader.formData().catch((error) => error);
 * if (!(error instanceof MultipartError)) throw new Error("no limit");
 * if (error.code !== "too-many-parts") throw new Error(error.code);
 * ```
 */
export interface MultipartLimits {
  /**
   * Parts in one multipart. Over it: `too-many-parts`, 413.
   *
   * @default {1000} `Infinity` in the `mixed-replace` profile
   */
  parts?: number;
  /**
   * Bytes of one part's header fields, line endings included. Over it:
   * `header-too-large`, 431.
   *
   * @default {16384}
   */
  headerBytes?: number;
  /**
   * Header fields of one part. Over it: `header-too-large`, 431.
   *
   * @default {64}
   */
  headers?: number;
  /**
   * Bytes before the first delimiter. Over it: `preamble-too-large`, 413. The
   * epilogue has the same bound, but passing it is no error: the source is
   * cancelled, and the reader is done.
   *
   * @default {16384} 16 MiB in the `mixed-replace` profile
   */
  preambleBytes?: number;
  /**
   * Bytes of one part's body, raw and again decoded. Over it:
   * `part-too-large`, 413.
   *
   * @default {Infinity} bodies stream
   */
  partBytes?: number;
  /**
   * Bytes of the whole body, delimiters and header fields included. Over it:
   * `body-too-large`, 413.
   *
   * @default {Infinity} bodies stream
   */
  totalBytes?: number;
  /**
   * Bytes held by one whole-body helper (`bytes()`, `text()`, and so on), or
   * by one `formData()` over all its entries. Over it: `part-too-large`, 413.
   *
   * @default {16777216}
   */
  bufferedBytes?: number;
  /**
   * Multiparts within multiparts: 0 allows none. Deeper: `too-deep`, 400.
   *
   * @default {8}
   */
  depth?: number;
}

/** {@linkcode MultipartLimits} with every default filled in. */
export type ResolvedLimits = Readonly<Required<MultipartLimits>>;

const DEFAULT_LIMITS: ResolvedLimits = {
  parts: 1000,
  headerBytes: 16 * 1024,
  headers: 64,
  preambleBytes: 16 * 1024,
  partBytes: Infinity,
  totalBytes: Infinity,
  bufferedBytes: 16 * 1024 * 1024,
  depth: 8,
};

/**
 * Fills in the defaults.
 *
 * @param limits What the caller set.
 * @param defaults What a profile sets otherwise than {@linkcode MultipartLimits} says.
 * @throws {RangeError} If a limit is not a whole number from 0, or `Infinity`.
 */
export function resolveLimits(
  limits: MultipartLimits = {},
  defaults: MultipartLimits = {},
): ResolvedLimits {
  const resolved = { ...DEFAULT_LIMITS, ...defaults };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof MultipartLimits)[]) {
    const value = limits[name];
    if (value !== undefined) resolved[name] = checkLimit(name, value);
  }
  return resolved;
}

/** Returns `value` if it can be a bound, and throws a `RangeError` otherwise. */
export function checkLimit(name: string, value: number): number {
  if (value === Infinity || (Number.isInteger(value) && value >= 0)) {
    return value;
  }
  throw new RangeError(
    `Cannot use ${value} as ${name}: it is not a whole number from 0, nor Infinity`,
  );
}
