/** Bodies and results as JSON. */
import type { Sample } from "../../fuzz/bodies.ts";
import type { Answer, Question } from "./programs/form_data.ts";
import type { Verdict } from "./verdict.ts";

export function questionOf({ text, options }: Sample): Question {
  return { boundary: options.boundary, base64: btoa(text) };
}

export function verdictOf({ parts, error }: Answer): Verdict {
  return {
    parts: parts.map(({ name, filename, type, base64 }) => ({
      name: name ?? undefined,
      filename: filename ?? undefined,
      type: type ?? undefined,
      content: atob(base64),
    })),
    error: error || undefined,
  };
}
