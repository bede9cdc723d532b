/**
 * Content-Disposition: RFC 7578, section 4.2, with the Fetch Standard's reading
 * in forms; RFC 6266 and RFC 2183 elsewhere.
 *
 * @module
 */
import { decodeByteString } from "./bytes.ts";
import {
  decodeExtendedValue,
  joinContinuations,
  type Parameter,
  parseParameters,
  skipToken,
  trimSpace,
} from "./parameters.ts";

/** What a Content-Disposition says. */
export interface ContentDisposition {
  /** `form-data`, `attachment`, ... in lower case. */
  readonly type: string;
  /** The field's name, read as UTF-8. */
  readonly name: string | undefined;
  /** The file's name, read as UTF-8 and otherwise raw. */
  readonly filename: string | undefined;
}

/**
 * Parses the value of a form's part. `filename` decides, and `filename*` counts
 * only where it stands alone; a doubled parameter is an error.
 *
 * @returns `undefined` if the value is malformed, is not `form-data`, or has no name.
 */
export function parseFormDataDisposition(
  value: string,
): ContentDisposition | undefined {
  const parsed = parse(value);
  if (parsed?.type !== "form-data") return undefined;
  const [name, secondName] = valuesOf(parsed.parameters, "name");
  const [filename, secondFilename] = valuesOf(parsed.parameters, "filename");
  const [extended, secondExtended] = valuesOf(parsed.parameters, "filename*");
  if (name === undefined) return undefined;
  if ((secondName ?? secondFilename ?? secondExtended) !== undefined) {
    return undefined;
  }
  return {
    type: parsed.type,
    name: decodeByteString(name),
    filename: filename === undefined
      ? extended === undefined ? undefined : decodeExtendedValue(extended)
      : decodeByteString(filename),
  };
}

/**
 * Parses any other value. Of doubled parameters the first wins; the filename is
 * `filename*`, else `filename`, else the continuations `filename*0`, ...
 *
 * @returns `undefined` if the value is malformed.
 */
export function parseContentDisposition(
  value: string,
): ContentDisposition | undefined {
  const parsed = parse(value);
  if (parsed === undefined) return undefined;
  const { type, parameters } = parsed;
  const [name] = valuesOf(parameters, "name");
  const [filename] = valuesOf(parameters, "filename");
  const [extended] = valuesOf(parameters, "filename*");
  return {
    type,
    name: name === undefined ? undefined : decodeByteString(name),
    filename:
      (extended === undefined ? undefined : decodeExtendedValue(extended)) ??
        (filename === undefined
          ? joinContinuations(parameters, "filename")
          : decodeByteString(filename)),
  };
}

/** Decodes `%22`, `%0D` and `%0A`, what the HTML Standard escapes in a name, and no more. */
export function percentDecodeName(name: string): string {
  return name.replace(
    /%22|%0d|%0a/gi,
    (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)),
  );
}

function parse(
  value: string,
): { type: string; parameters: Parameter[] } | undefined {
  const text = trimSpace(value);
  const end = skipToken(text, 0);
  const parameters = end === 0 ? undefined : parseParameters(text, end);
  return parameters && { type: text.slice(0, end).toLowerCase(), parameters };
}

function valuesOf(parameters: readonly Parameter[], name: string): string[] {
  return parameters.filter((parameter) => parameter.name === name)
    .map((parameter) => parameter.value);
}
