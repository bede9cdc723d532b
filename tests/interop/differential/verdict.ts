/** What somebody makes of a body. */
import { byteString } from "../../fuzz/outcome.ts";
import type { Sample } from "../../fuzz/bodies.ts";

/** A part, with its content as a byte string. */
export interface Told {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  /** A file's, where it is told. */
  readonly type?: string | undefined;
  readonly content: string;
}

/** The parts of a body, and why it is refused, if it is. */
export interface Verdict {
  readonly parts: readonly Told[];
  readonly error: string | undefined;
}

/** Tells of each body in its turn. */
export type Judge = (samples: readonly Sample[]) => Promise<Verdict[]>;

/** A judge of one body after another. */
export function oneByOne(ask: (sample: Sample) => Promise<Verdict>): Judge {
  return async (samples) => {
    const verdicts: Verdict[] = [];
    for (const sample of samples) verdicts.push(await ask(sample));
    return verdicts;
  };
}

/** Content as it is told, of a field. */
export function byteStringOf(text: string): string {
  return byteString(new TextEncoder().encode(text));
}

/** The field's text. */
export function textOf(content: string): string {
  const bytes = Uint8Array.from(content, (byte) => byte.charCodeAt(0));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
