import { serverCases } from "../form_cases.ts";
import { answered, posted } from "../harness/asked.ts";
import { leavesGzip, unescapesBackslashes } from "../harness/differences.ts";
import { interop } from "../harness/interop.ts";
import type { Difference } from "../harness/peer.ts";
import { Program, pythonVersion, startPython } from "../harness/program.ts";
import { quotedForm, writtenForms, writtenMultiparts } from "../written.ts";

const aiohttp = new Program(() => startPython("aiohttp_server.py"));

const FORM = ["path", "file type", "order", "empty filename"] as const;

/**
 * The differences of a client's default, which quotes for peers that accept
 * only 7-bit characters.
 */
const quoted: Readonly<Record<string, Difference>> = {
  "unicode in names": { refuses: /400/ },
  "punctuation in names": {
    tells: (parts) =>
      parts.map((part) => ({
        ...part,
        name: part.name?.replaceAll(" ", "\\ "),
        filename: part.filename && percentEncode(part.filename),
      })),
  },
};

function percentEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}

interop({
  name: "aiohttp",
  hint: "Install aiohttp (Debian: python3-aiohttp).",
  version: () => pythonVersion("m.version('aiohttp')"),
  reads: [
    {
      by: "MultipartReader",
      kinds: [
        "form-data",
        "mixed",
        "related",
        "alternative",
        "byteranges",
        "nested",
      ],
      also: serverCases,
      tells: ["path", "type", "headers", "order", "empty filename"],
      read: (message) => aiohttp.readChunked("/parts", message),
      differs: {
        ...leavesGzip,
        "backslashes in names": unescapesBackslashes,
        "deflate": { refuses: /zlib[.]error/ },
      },
    },
    {
      by: "post()",
      kinds: ["form-data"],
      also: serverCases,
      tells: ["order"],
      read: (message) => aiohttp.read("/form", message),
      differs: {
        ...leavesGzip,
        "backslashes in names": unescapesBackslashes,
      },
    },
  ],
  writes: [
    ...[...writtenForms, quotedForm].map((form) => posted(aiohttp, form, FORM)),
    ...writtenForms.map((form) => ({
      ...posted(aiohttp, form, FORM, "quote_fields"),
      differs: quoted[form.id],
    })),
    ...writtenMultiparts.flatMap((multipart) => [
      posted(aiohttp, multipart, ["path", "type", "headers", "order"]),
      answered(aiohttp, multipart, ["path", "type", "headers", "order"]),
    ]),
  ],
  stop: () => aiohttp.stop(),
});
