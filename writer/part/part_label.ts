import { printable } from "../../wire/errors.ts";

/** What a part is known by, in errors. */
export interface PartLabel {
  /** Its place in its multipart, from 0. */
  readonly index: number;
  /** Its name, where it has one. */
  readonly name: string | undefined;
}

/** `part 2, "name"`. */
export function labelOf({ index, name }: PartLabel): string {
  return name === undefined
    ? `part ${index}`
    : `part ${index}, ${printable(name)}`;
}
