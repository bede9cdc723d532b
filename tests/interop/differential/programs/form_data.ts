/** Reads bodies with the `formData()` of the runtime that it runs on. */

/** A body, and its boundary. */
export interface Question {
  readonly boundary: string;
  readonly base64: string;
}

/** The form's entries, or the error. */
export interface Answer {
  readonly parts: readonly {
    readonly name?: string | null;
    readonly filename?: string | null;
    readonly type?: string | null;
    readonly base64: string;
  }[];
  readonly error?: string | null;
}

/** Reads each body. */
export async function judgeAll(
  questions: readonly Question[],
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const question of questions) answers.push(await judge(question));
  return answers;
}

/** Reads one body. */
export async function judge({ boundary, base64 }: Question): Promise<Answer> {
  const body = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
  const headers = { "content-type": contentTypeOf(boundary) };
  try {
    const form = await new Response(body, { headers }).formData();
    return { parts: await Promise.all([...form].map(describe)) };
  } catch (error) {
    return { parts: [], error: String(error) };
  }
}

async function describe(
  [name, value]: [string, FormDataEntryValue],
): Promise<Answer["parts"][number]> {
  if (typeof value === "string") {
    return { name, base64: toBase64(new TextEncoder().encode(value)) };
  }
  const bytes = new Uint8Array(await value.arrayBuffer());
  const { name: filename, type } = value;
  return { name, filename, type, base64: toBase64(bytes) };
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Quotes the boundary if necessary. */
export function contentTypeOf(boundary: string): string {
  const value = /^[!#$%&'*+.^_`|~\w-]+$/.test(boundary)
    ? boundary
    : `"${boundary.replace(/["\\]/g, "\\$&")}"`;
  return `multipart/form-data; boundary=${value}`;
}
