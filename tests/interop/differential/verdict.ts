/** What a parser makes of a body. */
import { byteString } from "../../fuzz/outcome.ts";
import type { Sample } from "../../fuzz/bodies.ts";

/** A part, with its content as a byte string. */
export interface Told {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  /** The type of a file, if the parser reports it. */
  readonly type?: string | undefined;
  readonly content: string;
}

/** The parts of a body, and the error if it is refused. */
export interface Verdict {
  readonly parts: readonly Told[];
  readonly error: string | undefined;
}

/** Reads each body in turn. */
export type Judge = (samples: readonly Sample[]) => Promise<Verdict[]>;

/** A judge that reads one body after another. */
export function oneByOne(ask: (sample: Sample) => Promise<Verdict>): Judge {
  return async (samples) => {
    const verdicts: Verdict[] = [];
    for (const sample of samples) verdicts.push(await ask(sample));
    return verdicts;
  };
}

/** A field's text as a byte string. */
export function byteStringOf(text: string): string {
  return byteString(new TextEncoder().encode(text));
}

/** The text of a field's byte string. */
export function textOf(content: string): string {
  const bytes = Uint8Array.from(content, (byte) => byte.charCodeAt(0));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
