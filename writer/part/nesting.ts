/**
 * Which multiparts can be nested in which.
 *
 * @module
 */
import { printable } from "../../wire/errors.ts";
import { parseParameters } from "../../wire/parameters.ts";

/**
 * The deepest nesting of multiparts. Readers have far lower limits; this one
 * keeps the stack from overflowing.
 */
const MAX_DEPTH = 100;

/**
 * Returns why a multipart with this boundary cannot be nested in those with the
 * boundaries `around`; `undefined` if it can.
 *
 * By RFC 2046, section 5.1.1, readers compare only the beginning of a line with
 * the boundary, and some do: they would take an inner delimiter for an outer
 * one.
 */
export function nestingProblem(
  boundary: string,
  around: readonly string[],
): string | undefined {
  const outer = around.find((outer) => boundary.startsWith(outer));
  if (outer !== undefined) {
    return `it is a multipart whose boundary ${
      outer === boundary ? "is" : "begins with"
    } ${printable(outer)}, the boundary of one around it`;
  }
  return around.length > MAX_DEPTH
    ? `it is a multipart nested more than ${MAX_DEPTH} deep`
    : undefined;
}

/** Whether a Content-Type is `multipart/*`. */
export function isMultipartType(type: string): boolean {
  return /^\s*multipart\//i.test(type);
}

/**
 * Like {@linkcode nestingProblem}, for a body that is a multipart by its
 * Content-Type.
 */
export function statedNestingProblem(
  type: string,
  around: readonly string[],
): string | undefined {
  if (!isMultipartType(type) || !type.includes(";")) return undefined;
  for (const boundary of statedBoundaries(type)) {
    const problem = nestingProblem(boundary, around);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * The values that readers may take for the boundary: `boundary` or `boundary*`
 * (RFC 2231).
 */
function statedBoundaries(type: string): string[] {
  const { parameters } = parseParameters(type, type.indexOf(";"), {
    unquoted: "any",
    comments: true,
  });
  const boundaries: string[] = [];
  let extended = "";
  for (const { name, value } of parameters) {
    if (name === "boundary") boundaries.push(value);
    if (name.startsWith("boundary*")) extended += value;
  }
  if (extended === "") return boundaries;
  const decoded = extended.replace(/^[^']*'[^']*'/, "").replace(
    /%([0-9a-f]{2})/gi,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 16)),
  );
  return [...boundaries, decoded];
}
