import { printable } from "./errors.ts";

/**
 * Bounds on what a peer may send. Each is a number of bytes or a count, may be
 * `Infinity`, and has its own error.
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
   * epilogue has the same bound, but exceeding it is not an error: the source
   * is cancelled, and the reader is done.
   *
   * @default {16384} 16 MiB in the `mixed-replace` profile
   */
  preambleBytes?: number;
  /**
   * Bytes of one part's body, counted both raw and decoded. Over it:
   * `part-too-large`, 413.
   *
   * @default {Infinity} bodies stream
   */
  partBytes?: number;
  /**
   * Bytes of the whole body, including delimiters and header fields, and
   * separately of all decoded parts, including those of nested multiparts. Over
   * it: `body-too-large`, 413.
   *
   * @default {Infinity} bodies stream
   */
  totalBytes?: number;
  /**
   * Bytes held in memory by one whole-body helper (`bytes()`, `text()`, and so
   * on), or by one `formData()` or `readForm()` for all its entries, including
   * their names. Over it: `part-too-large`, 413.
   *
   * @default {16777216}
   */
  bufferedBytes?: number;
  /**
   * How deep multiparts may be nested: 0 allows no nesting. Over it:
   * `too-deep`, 400.
   *
   * @default {8}
   */
  depth?: number;
}

/** {@linkcode MultipartLimits} with every default filled in. */
export type ResolvedLimits = Readonly<Required<MultipartLimits>>;

/** Literals: a bundler does not drop an unused object with computed values. */
const DEFAULT_LIMITS: ResolvedLimits = {
  parts: 1000,
  headerBytes: 16_384,
  headers: 64,
  preambleBytes: 16_384,
  partBytes: Infinity,
  totalBytes: Infinity,
  bufferedBytes: 16_777_216,
  depth: 8,
};

/**
 * The names of these limits in other libraries: multer, busboy, Fastify,
 * formidable, remix.
 */
const FOREIGN_NAMES: readonly (readonly [keyof MultipartLimits, RegExp])[] = [
  ["parts", /^(fields|files|max(Fields|Files|Parts))$/],
  ["headerBytes", /^(fieldName|maxHeader)Size$/],
  ["headers", /^headerPairs$/],
  ["partBytes", /^(file|maxFile)Size$/],
  ["totalBytes", /^(bodyLimit|max(Files|Total|TotalFile)Size)$/],
  ["bufferedBytes", /^(field|maxFields)Size$/],
];

/** The limit that a name means, here or in another library. */
function knownLimit(name: string): keyof MultipartLimits | undefined {
  if (isLimit(name)) return name;
  return FOREIGN_NAMES.find(([, names]) => names.test(name))?.[0];
}

function isLimit(name: string): name is keyof MultipartLimits {
  return Object.hasOwn(DEFAULT_LIMITS, name);
}

/**
 * Checks that no limit is given outside of `limits`, where it would be ignored.
 *
 * @throws {TypeError} If one is; the message says where it belongs.
 */
export function assertNoStrayLimits(options: object): void {
  for (const name in options) {
    const limit = knownLimit(name);
    if (limit === undefined) continue;
    throw new TypeError(
      `Cannot use the option "${name}": pass { limits: { ${limit} } }`,
    );
  }
}

/**
 * Fills in the defaults.
 *
 * @param limits What the caller set.
 * @param defaults Defaults of a profile that differ from those of {@linkcode
 * MultipartLimits}.
 * @throws {TypeError} If `limits` is not an object of limits, or names one that
 * does not exist.
 * @throws {RangeError} If a limit is not a whole number from 0, or `Infinity`.
 */
export function resolveLimits(
  limits?: MultipartLimits,
  defaults?: MultipartLimits,
): ResolvedLimits {
  // All callers that set nothing share one object.
  if (limits === undefined && defaults === undefined) return DEFAULT_LIMITS;
  const resolved = { ...DEFAULT_LIMITS, ...defaults };
  if (limits === undefined) return resolved;
  // A number or a Map has no named limits: all would be ignored.
  const isRecord = typeof limits === "object" && limits !== null &&
    !(Symbol.iterator in limits);
  if (!isRecord) {
    throw new TypeError(
      "Cannot use the limits: pass an object, such as { limits: { partBytes: 1000 } }",
    );
  }
  for (const name in limits) {
    if (!isLimit(name)) {
      const limit = knownLimit(name);
      const hint = limit === undefined
        ? `the limits are ${Object.keys(DEFAULT_LIMITS).join(", ")}`
        : `here it is called ${limit}`;
      throw new TypeError(`Cannot use the limit ${printable(name)}: ${hint}`);
    }
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
