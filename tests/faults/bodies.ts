/** A body with every kind of byte, and readers for all of it. */
import { MultipartReader, type MultipartSource } from "@tributary/multipart";
import { fieldHead, formBody, utf8 } from "../bytes.ts";

export const CONTENT_TYPE = "multipart/form-data; boundary=b";

/** The name of each part, and a text that resembles a delimiter. */
export const PARTS: readonly (readonly [name: string, text: string])[] = [
  ["a", "one\r\n--\r\ntwo\n"],
  ["b", ""],
  ["c", "\r\n-\r"],
];

export const BODY: Uint8Array<ArrayBuffer> = formBody(
  PARTS.map(([name, text]) => [fieldHead(name), text]),
);

/** The multipart is complete after the dashes of the close delimiter. */
export const COMPLETE: number = BODY.length - "\r\n".length;

/** What was read, and the error if there was one. */
export interface Story {
  /** Each part's name, and as much of its text as arrived. */
  readonly parts: [name: string | undefined, text: string][];
  /** Whether the last part was complete. */
  isPartComplete: boolean;
  error: unknown;
}

export function open(source: MultipartSource): MultipartReader {
  return new MultipartReader(source, { contentType: CONTENT_TYPE });
}

/** Reads all parts chunk by chunk, and keeps what came before an error. */
export async function readAll(reader: MultipartReader): Promise<Story> {
  const story: Story = { parts: [], isPartComplete: true, error: undefined };
  try {
    for (;;) {
      const { done, value: part } = await reader.next();
      if (done) break;
      const told: Story["parts"][number] = [part.name, ""];
      story.parts.push(told);
      story.isPartComplete = false;
      for await (const chunk of part) {
        told[1] += new TextDecoder().decode(chunk);
      }
      story.isPartComplete = true;
    }
  } catch (error) {
    story.error = error;
  }
  return story;
}

/** Whether what was read is the beginning of what was sent. */
export function isBeginning({ parts, isPartComplete }: Story): boolean {
  return parts.every(([name, text], index) => {
    const [sentName, sentText] = PARTS[index] ?? [];
    const isWhole = index < parts.length - 1 || isPartComplete;
    return name === sentName &&
      (isWhole ? text === sentText : sentText?.startsWith(text));
  });
}

/** The number of parts whose head is complete within this many bytes. */
export function partsWithin(bytes: number): number {
  let count = 0;
  let head = -1;
  for (const [name] of PARTS) {
    head = indexOf(fieldHead(name), head + 1);
    if (head + fieldHead(name).length + "\r\n\r\n".length <= bytes) count++;
  }
  return count;
}

function indexOf(text: string, from: number): number {
  const bytes = utf8(text);
  for (let at = from; at < BODY.length; at++) {
    if (bytes.every((byte, index) => BODY[at + index] === byte)) return at;
  }
  throw new Error(`Cannot find ${text}`);
}
