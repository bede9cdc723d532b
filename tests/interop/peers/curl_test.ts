import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { outputOf } from "../../driving/children.ts";
import { curl } from "../../driving/curl.ts";
import { inFolder } from "../../driving/folders.ts";
import { Composer } from "../composer.ts";
import { curlForms } from "../harness/curl_forms.ts";
import { type Entry, uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import type { Exchange } from "../harness/peer.ts";
import { tell, tellOfUpload } from "../harness/reading.ts";

const TEXT =
  "Größe = 100 %, \t and a longer line than seventy-six characters\r\n";

/** Quotes a value in curl's syntax. */
function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

async function send(
  url: string,
  entries: readonly Entry[],
  ...options: string[]
): Promise<void> {
  await inFolder(async (folder) => {
    const args: string[] = [];
    for (const [at, { name, body, file }] of entries.entries()) {
      const path = join(folder, `${at}`);
      await writeFile(path, body);
      args.push(
        "--form",
        file
          ? `${name}=@${path};filename=${quote(file.name)};type=${file.type}`
          : `${name}=<${path}`,
      );
    }
    await curl(...options, ...args, url);
  });
}

/** A form whose parts curl encodes. It keeps field names and types. */
function encoded(encoder: string): Exchange {
  const body = TEXT.repeat(100).trimEnd();
  return {
    id: `--form with ;encoder=${encoder}`,
    kind: "form-data",
    parts: new Composer("form-data").add(body, {
      name: "a",
      type: "text/plain",
      headers: { "content-transfer-encoding": encoder },
    }).parts,
    tells: ["path", "type", "headers", "order"],
    tell: () =>
      tellOfUpload(
        async (url) => {
          const part = `a=${body};type=text/plain;encoder=${encoder}`;
          await curl("--form", part, url);
        },
        {},
        // In a form, the reader decodes only on request.
        (reader) => tell(reader, { decode: true }),
      ),
  };
}

interop({
  name: "curl",
  hint: "Install curl.",
  version: async () =>
    /curl (\S+)/.exec(await outputOf("curl", "--version") ?? "")?.[1],
  writes: [
    ...curlForms,
    encoded("base64"),
    encoded("quoted-printable"),
    ...uploads(send),
    ...uploads(
      (url, entries) =>
        send(url, entries, "--header", "Transfer-Encoding: chunked"),
      "chunked",
    ),
    ...uploads((url, entries) => send(url, entries, "--request", "PUT"), "PUT"),
    ...uploads(
      (url, entries) => send(url, entries, "--form-escape"),
      "--form-escape",
    ),
    ...uploads(
      (url, entries) => send(url, entries, "--limit-rate", "1M"),
      "--limit-rate",
    ),
  ],
});
