/** What the reporters of this folder write, a line for each event. */

/** Marks these lines among others. */
export const MARK = "@progress ";

/** What follows the mark, as JSON. */
export interface ProgressEvent {
  /** How many tests there will be, if that is known. */
  total?: number;
  file?: string;
  /** A test that begins. */
  begins?: string;
  /** A test that has ended. */
  ends?: string;
}
