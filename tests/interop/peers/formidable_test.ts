import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { inFolder } from "../../driving/folders.ts";
import {
  changes,
  renames,
  takesFilename,
  undoesBase64Alone,
} from "../harness/differences.ts";
import { formReadings } from "../harness/form_readings.ts";
import { interop } from "../harness/interop.ts";
import { read, readRequestInit } from "../harness/middleware.ts";
import { importInstalled, installedVersion } from "../harness/npm.ts";
import { sha256 } from "../harness/parts.ts";
import type { Difference, ToldPart } from "../harness/peer.ts";

/** The reported filename of a file without a name. */
const UNNAMED = "(none)";

interface File {
  originalFilename: string | null;
  mimetype: string | null;
  filepath: string;
}

type Lists<T> = Record<string, readonly T[]>;

/** The part of formidable's API that is used here. */
interface Formidable {
  default(options: Record<string, unknown>): {
    parse(request: IncomingMessage): Promise<[Lists<string>, Lists<File>]>;
  };
}

/** Its files are in a temporary folder that is removed afterwards. */
function tell(request: IncomingMessage): Promise<ToldPart[]> {
  return inFolder(async (uploadDir) => {
    const formidable = await importInstalled<Formidable>("formidable");
    const form = formidable.default({
      uploadDir,
      allowEmptyFiles: true,
      minFileSize: 0,
    });
    const [fields, files] = await form.parse(request);
    const told = entriesOf(fields).map(([name, value]) =>
      tellOf(name, new TextEncoder().encode(value))
    );
    for (const [name, file] of entriesOf(files)) {
      told.push({
        ...tellOf(name, await readFile(file.filepath)),
        filename: file.originalFilename ?? UNNAMED,
        type: file.mimetype,
      });
    }
    return told;
  });
}

function entriesOf<T>(lists: Lists<T>): [string, T][] {
  return Object.entries(lists).flatMap(([name, values]) =>
    values.map((value): [string, T] => [name, value])
  );
}

function tellOf(name: string, bytes: Uint8Array): ToldPart {
  return { name, length: bytes.length, sha256: sha256(bytes) };
}

/** Formidable takes a part with a type for a file. */
const takesTypedTextForFiles = changes((part) => ({
  ...part,
  filename: part.filename ?? (part.type && UNNAMED),
}));

const differs: Readonly<Record<string, Difference>> = {
  ...undoesBase64Alone,
  "quoted-printable in a form": { refuses: /unknown transfer-encoding/ },
  "quotes in names": renames((name) => name.replaceAll("%22", '"'), [
    "filename",
  ]),
  "backslashes in names": renames((name) => name.replace(/^.*\\/, ""), [
    "filename",
  ]),
  "a field of JSON": takesTypedTextForFiles,
  "bytes without a file name": takesTypedTextForFiles,
  "bytes of no file": takesTypedTextForFiles,
  "filename and filename*": takesFilename,
};

interop({
  name: "formidable",
  hint: "Run npm install.",
  version: () => installedVersion("formidable"),
  reads: formReadings({
    "with a length": (message) => read(tell, message),
    "requestInit()": (message) => readRequestInit(tell, message),
  }, differs),
});
