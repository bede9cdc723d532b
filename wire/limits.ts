import { printable } from "./errors.ts";

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
   * epilogue has the same bound, but passing it is not an error: the source is
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
   * Bytes of the whole body, delimiters and header fields included, and again
   * of all that its parts decode to, those of nested multiparts too. Over it:
   * `body-too-large`, 413.
   *
   * @default {Infinity} bodies stream
   */
  totalBytes?: number;
  /**
   * Bytes held by one whole-body helper (`bytes()`, `text()`, and so on), or
   * by one `formData()` over all its entries, their names included. Over it:
   * `part-too-large`, 413.
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

/** Plain numbers: a bundler does not drop an unused object that is computed. */
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

/** What other libraries call these limits: multer, busboy, Fastify, formidable, remix. */
const FOREIGN_NAMES: readonly (readonly [keyof MultipartLimits, RegExp])[] = [
  ["parts", /^(fields|files|max(Fields|Files|Parts))$/],
  ["headerBytes", /^(fieldName|maxHeader)Size$/],
  ["headers", /^headerPairs$/],
  ["partBytes", /^(file|maxFile)Size$/],
  ["totalBytes", /^(bodyLimit|max(Files|Total|TotalFile)Size)$/],
  ["bufferedBytes", /^(field|maxFields)Size$/],
];

/** The limit that a name stands for, here or in another library. */
function knownLimit(name: string): keyof MultipartLimits | undefined {
  if (isLimit(name)) return name;
  return FOREIGN_NAMES.find(([, names]) => names.test(name))?.[0];
}

function isLimit(name: string): name is keyof MultipartLimits {
  return Object.hasOwn(DEFAULT_LIMITS, name);
}

/**
 * Makes sure that no limit stands beside `limits`, where it would not count.
 *
 * @throws {TypeError} Naming the place where it counts.
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
 * @param defaults What a profile sets otherwise than {@linkcode MultipartLimits} says.
 * @throws {TypeError} If `limits` is not an object of limits, or names one that
 * does not exist.
 * @throws {RangeError} If a limit is not a whole number from 0, or `Infinity`.
 */
export function resolveLimits(
  limits?: MultipartLimits,
  defaults?: MultipartLimits,
): ResolvedLimits {
  // One object for all who set nothing.
  if (limits === undefined && defaults === undefined) return DEFAULT_LIMITS;
  const resolved = { ...DEFAULT_LIMITS, ...defaults };
  if (limits === undefined) return resolved;
  // A number, or a Map, has no limit that could be found: all would be ignored.
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
