/**
 * Reads documents, each with the files that belong to it:
 * `node examples/pairs.ts`, or with a URL as its argument.
 *
 * A document with files is sent as a multipart/related: the document first, and
 * then its files.
 */
import { MultipartReader, type PartReader } from "@tributary/multipart";
import process from "node:process";

/** A document, and the files that came with it. */
export interface Pair {
  document: unknown;
  /** Read them before the next pair. Unread files are skipped. */
  files: AsyncIterable<PartReader>;
}

/** Yields each document as soon as it has arrived, before its files have. */
export async function* readPairs(response: Response): AsyncGenerator<Pair> {
  // Some servers count the two dashes of a delimiter line as part of the
  // boundary.
  const reader = MultipartReader.from(response, { dashedBoundary: true });
  for await (const part of reader) {
    if (part.isMultipart) {
      // A nested reader reads its bytes from the outer one, on demand.
      const related = part.parts();
      const { value: first } = await related.next();
      yield { document: await first?.json(), files: related };
    } else {
      yield { document: await part.json(), files: noFiles() };
    }
  }
}

async function* noFiles(): AsyncGenerator<PartReader> {}

const EXAMPLE = `--:
Content-Type: application/json

{"title": "A document by itself"}
--:
Content-Type: multipart/related; boundary=----:

----:
Content-Type: application/json

{"title": "A document with a file"}
----:
Content-Disposition: attachment; filename=river.txt

From the spring to the sea
----:--
--:--
`.replaceAll("\n", "\r\n");

if (import.meta.main) {
  const url = process.argv[2];
  const headers = { "content-type": "multipart/mixed; boundary=--:" };
  const response = url ? await fetch(url) : new Response(EXAMPLE, { headers });
  if (!response.ok) throw new Error(`Cannot load ${url}: ${response.status}`);
  for await (const { document, files } of readPairs(response)) {
    console.log(JSON.stringify(document));
    for await (const file of files) {
      let size = 0;
      for await (const chunk of file) size += chunk.length; // The bytes are not kept.
      console.log(`  ${file.filename}: ${size} bytes`);
    }
  }
}
