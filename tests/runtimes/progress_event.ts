/** The lines that this folder's reporters write, one for each event. */

/** Marks these lines in the output. */
export const MARK = "@progress ";

/** The JSON that follows the mark. */
export interface ProgressEvent {
  /** The number of tests, if it is known. */
  total?: number;
  file?: string;
  /** The test that begins. */
  begins?: string;
  /** The test that has ended. */
  ends?: string;
}
