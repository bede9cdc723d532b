/** HTTP messages as parts (application/http), for `batch.ts`. */
import type { MultipartWriter, PartReader } from "@tributary/multipart";

/**
 * Adds a request or a response as a part.
 *
 * @param id The part's Content-ID, by which an answer is matched.
 */
export async function addMessage(
  writer: MultipartWriter,
  startLine: string,
  message: Request | Response,
  id: string,
): Promise<void> {
  const body = await message.arrayBuffer();
  const fields = new Headers(message.headers);
  fields.set("content-length", String(body.byteLength));
  const lines = [...fields].map((field) => field.join(": "));
  const head = [startLine, ...lines, "", ""].join("\r\n");
  writer.append(new Blob([head, body]), {
    type: "application/http",
    // Not as `contentId`, which takes no space: Google's clients send some.
    headers: { "content-id": `<${id}>` },
  });
}

/** Reads a message's head by lines; what is left of the part is its body. */
export async function readMessage(part: PartReader) {
  const decoder = new TextDecoder();
  async function nextLine() {
    return decoder.decode(await part.readLine() ?? undefined).trimEnd();
  }
  const startLine = (await nextLine()).split(" ");
  const headers = new Headers();
  for (let line = await nextLine(); line !== ""; line = await nextLine()) {
    const [name, ...value] = line.split(":");
    headers.append(name, value.join(":"));
  }
  const bytes = await part.bytes();
  return { startLine, headers, body: bytes.length > 0 ? bytes : null };
}
