/**
 * Reads an optional setting that is a whole number.
 *
 * @throws {RangeError} If it is anything else: a misspelt limit would be no
 *   limit.
 */
export function wholeNumber(name: string, text = ""): number | undefined {
  if (text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RangeError(`Cannot use ${name}=${text}: it is not a whole number`);
}
