/**
 * Which multiparts can be within which.
 *
 * @module
 */
import { printable } from "../../wire/errors.ts";
import { parseParameters } from "../../wire/parameters.ts";

/**
 * Multiparts within multiparts. Readers bound it far lower; here it keeps the
 * stack from overflowing.
 */
const MAX_DEPTH = 100;

/**
 * Says why a multipart with this boundary cannot be within those with the others,
 * if so.
 *
 * RFC 2046, section 5.1.1, has a reader compare just the beginning of a line
 * with the boundary, and some do: they would take a delimiter within for one of
 * their own.
 */
export function nestingProblem(
  boundary: string,
  around: readonly string[],
): string | undefined {
  if (around.includes(boundary)) {
    return "it is a multipart with the same boundary as one around it";
  }
  const outer = around.find((outer) => boundary.startsWith(outer));
  if (outer !== undefined) {
    return `it is a multipart whose boundary begins with ${
      printable(outer)
    }, the boundary of one around it`;
  }
  return around.length > MAX_DEPTH
    ? `multiparts are nested more than ${MAX_DEPTH} deep`
    : undefined;
}

/** Whether a Content-Type is a multipart's. */
export function isMultipartType(type: string): boolean {
  return /^\s*multipart\//i.test(type);
}

/** As {@linkcode nestingProblem}, of a body that is a multipart by its Content-Type. */
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

/** What readers may take for the boundary: `boundary` or `boundary*` (RFC 2231). */
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
