/** How this library reads a body. */
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { latin1 } from "../../bytes.ts";
import type { Sample } from "../../fuzz/bodies.ts";
import { byteString } from "../../fuzz/outcome.ts";
import { byteStringOf, type Told, type Verdict } from "./verdict.ts";

/** Reads the parts one by one. */
export function readParts(sample: Sample): Promise<Verdict> {
  return read(sample, async (reader, parts) => {
    for await (const part of reader) {
      const { name, filename } = part;
      parts.push({ name, filename, content: byteString(await part.bytes()) });
    }
  });
}

/** Reads the body as a form. */
export function readForm(sample: Sample): Promise<Verdict> {
  return read(sample, async (reader, parts) => {
    for (const [name, value] of await reader.formData()) {
      if (typeof value === "string") {
        parts.push({
          name,
          filename: undefined,
          content: byteStringOf(value),
        });
        continue;
      }
      const { name: filename, type } = value;
      const content = byteString(new Uint8Array(await value.arrayBuffer()));
      parts.push({ name, filename, type, content });
    }
  });
}

async function read(
  { text, options }: Sample,
  collect: (reader: MultipartReader, parts: Told[]) => Promise<void>,
): Promise<Verdict> {
  const reader = new MultipartReader(latin1(text), {
    ...options,
    decode: false,
  });
  const parts: Told[] = [];
  try {
    await collect(reader, parts);
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    return { parts, error: error.code };
  }
  return { parts, error: undefined };
}
