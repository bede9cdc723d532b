/** Forms that no other client makes, and forms that curl does not complete. */
import { assert, assertEquals } from "@std/assert";
import type { PartReader } from "@tributary/multipart";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { curl, spawnCurl } from "../../driving/curl.ts";
import { inFolder } from "../../driving/folders.ts";
import { Composer, type Kind } from "../composer.ts";
import { randomBytes } from "../form_cases.ts";
import { readCutUpload } from "./hanging_up.ts";
import type { Exchange } from "./peer.ts";
import { tell, tellOfUpload } from "./reading.ts";

/** A form made with curl's own options. */
function made(
  id: string,
  kind: Kind,
  composer: Composer,
  options: (folder: string) => readonly string[],
): Exchange {
  return {
    id,
    kind,
    parts: composer.parts,
    tells: ["path", "file type", "headers", "order", "empty filename"],
    tell: () =>
      withFiles((folder) =>
        tellOfUpload(
          async (url) => void await curl(...options(folder), url),
          {},
          (reader) => tell(reader, { decode: true }),
        )
      ),
  };
}

const FILES = { "a.txt": "one", "b.png": "two", "large.bin": randomBytes(1e6) };

function withFiles<T>(use: (folder: string) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    for (const [name, body] of Object.entries(FILES)) {
      await writeFile(join(folder, name), body);
    }
    return await use(folder);
  });
}

/** The files of one field, which curl puts into a nested multipart. */
const severalFiles = made(
  "several files in one field, by PUT",
  "nested",
  new Composer("form-data")
    .nest(
      "mixed",
      {},
      (to) =>
        to.add("one", { filename: "a.txt", type: "text/plain" })
          .add("two", { filename: "b.png", type: "image/png" }),
    )
    .add("1", { name: "after", type: "" }),
  (folder) => [
    ...["--request", "PUT", "--form"],
    `files=@${join(folder, "a.txt")},${join(folder, "b.png")}`,
    ...["--form", "after=1"],
  ],
);

const alternatives = made(
  "a multipart/alternative in a form",
  "nested",
  new Composer("form-data")
    .nest("alternative", {}, (to) =>
      to.add("plain", { type: "text/plain" })
        .add("größe <p>", { type: "text/html", transferEncoding: "base64" }))
    .add("1", { name: "after", type: "text/x", headers: { "x-note": "a; b" } }),
  () => [
    ...["--form", "text=(;type=multipart/alternative"],
    ...["--form", "=plain;type=text/plain"],
    ...["--form", "=größe <p>;type=text/html;encoder=base64"],
    ...["--form", "=)"],
    ...["--form", `after=1;type=text/x;headers="x-note: a; b"`],
  ],
);

/** The only complete field of a form that is cut off. */
const field = new Composer("form-data").add("1", { name: "before" });

/** An upload that does not complete, and the code of the reader's error. */
function cutShort(
  id: string,
  code: string,
  start: (url: string, folder: string) => ChildProcessWithoutNullStreams,
  cut: (child: ChildProcessWithoutNullStreams, part: PartReader) => void,
): Exchange {
  return {
    id,
    kind: "form-data",
    parts: field.parts,
    tells: ["path"],
    tell: () =>
      withFiles(async (folder) => {
        let child: ChildProcessWithoutNullStreams | undefined;
        const { parts, error } = await readCutUpload(
          async (url) => {
            child = start(url, folder);
            child.stdin.on("error", () => {}); // It may have ended already.
            child.stdout.resume();
            child.stderr.resume();
            await once(child, "close");
          },
          (part) => child && cut(child, part),
        );
        assert(error instanceof Error && "code" in error, String(error));
        assertEquals(error.code, code, error.message);
        return parts;
      }),
  };
}

/** Hangs up in the middle of a file of 1 MB. */
function hangsUp(id: string, ...options: string[]): Exchange {
  return cutShort(
    `hanging up in a file${id}`,
    "ECONNRESET",
    (url, folder) =>
      spawnCurl(
        ...["--limit-rate", "200k", ...options, "--form", "before=1"],
        ...["--form", `file=@${join(folder, "large.bin")}`, url],
      ),
    (child, { filename }) => void (filename && child.kill("SIGKILL")),
  );
}

/** The field, and the beginning of a file's head. */
const BEGINNING = [
  "--b",
  'Content-Disposition: form-data; name="before"',
  "",
  "1",
  "--b",
  'Content-Disposition: form-data; name="fi',
].join("\r\n");

/** Sends the beginning of a form in chunks, and waits. */
function begin(url: string): ChildProcessWithoutNullStreams {
  const child = spawnCurl(
    ...["--request", "POST", "--upload-file", "-", "--header", "Expect:"],
    ...["--header", "Content-Type: multipart/form-data; boundary=b", url],
  );
  child.stdin.write(BEGINNING);
  return child;
}

export const curlForms: readonly Exchange[] = [
  severalFiles,
  alternatives,
  hangsUp(""),
  hangsUp(", chunked", "--header", "Transfer-Encoding: chunked"),
  cutShort(
    "hanging up in a head",
    "ECONNRESET",
    begin,
    (child) => void child.kill("SIGKILL"),
  ),
  // The HTTP message is complete, but the multipart in it is not.
  cutShort("ending in a head", "truncated", begin, (child) => {
    child.stdin.end();
  }),
];
