/**
 * Reads a setting that is a whole number, or not there.
 *
 * @throws {RangeError} If it is anything else: a limit that is misspelt would
 * be none.
 */
export function wholeNumber(name: string, text = ""): number | undefined {
  if (text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RangeError(`Cannot use ${name}=${text}: it is not a whole number`);
}
