/** A body in which every kind of byte is there, and readers for all of it. */
import { MultipartReader, type MultipartSource } from "@tributary/multipart";
import { fieldHead, formBody, utf8 } from "../bytes.ts";

export const CONTENT_TYPE = "multipart/form-data; boundary=b";

/** The parts: a name, and a text that is hard to tell from a delimiter. */
export const PARTS: readonly (readonly [name: string, text: string])[] = [
  ["a", "one\r\n--\r\ntwo\n"],
  ["b", ""],
  ["c", "\r\n-\r"],
];

export const BODY: Uint8Array<ArrayBuffer> = formBody(
  PARTS.map(([name, text]) => [fieldHead(name), text]),
);

/** Behind the close delimiter's dashes the multipart is complete. */
export const COMPLETE: number = BODY.length - "\r\n".length;

/** What was read, and what it failed with, if it did. */
export interface Story {
  /** Each part's name, and as much of its text as came. */
  readonly parts: [name: string | undefined, text: string][];
  /** Whether the last part came to its end. */
  isPartComplete: boolean;
  error: unknown;
}

export function open(source: MultipartSource): MultipartReader {
  return new MultipartReader(source, { contentType: CONTENT_TYPE });
}

/** Reads all parts, chunk by chunk, and keeps what came before an error. */
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

/** How many parts had begun when so many bytes had come. */
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
