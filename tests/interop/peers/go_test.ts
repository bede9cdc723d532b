import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { outputOf } from "../../driving/children.ts";
import { makeFolder, removeFolder } from "../../driving/folders.ts";
import { serverCases } from "../form_cases.ts";
import { answered, described, posted } from "../harness/asked.ts";
import {
  leavesOut,
  tellsBaseNames,
  undoesQuotedPrintableAlone,
} from "../harness/differences.ts";
import { interop } from "../harness/interop.ts";
import { Program } from "../harness/program.ts";
import { tellOfResponse } from "../harness/reading.ts";
import {
  quotedForm,
  RANGES,
  writtenForms,
  writtenMultiparts,
  writtenRanges,
} from "../written.ts";

const source = fileURLToPath(new URL("../programs/go/", import.meta.url));

let folder: string | undefined;

const go = new Program(async () => {
  folder = await makeFolder();
  const binary = join(folder, "peer");
  const built = await outputOf("go", "build", "-o", binary, `${source}main.go`);
  if (built === undefined) throw new Error("Cannot build the program in Go");
  return spawn(binary, { stdio: ["pipe", "pipe", "pipe"] });
});

interop({
  name: "Go mime/multipart",
  hint: "Install Go (Debian: golang-go).",
  version: async () =>
    /go(\d\S*)/.exec(await outputOf("go", "version") ?? "")?.[1],
  reads: [
    {
      by: "NextPart",
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
      read: (message) => go.readChunked("/parts", message),
      differs: { "slashes in file names": tellsBaseNames },
    },
    {
      by: "ParseMultipartForm",
      kinds: ["form-data"],
      also: serverCases,
      tells: [],
      read: (message) => go.read("/form", message),
      differs: {
        ...undoesQuotedPrintableAlone,
        "slashes in file names": tellsBaseNames,
        "an empty name": leavesOut(({ name }) => name === ""),
      },
    },
  ],
  writes: [
    ...[...writtenForms, quotedForm].flatMap((form) => [
      posted(go, form, ["path", "order", "empty filename"]),
      answered(go, form, ["path", "order", "empty filename"]),
    ]),
    ...writtenMultiparts.map((multipart) =>
      answered(go, multipart, ["path", "type", "headers", "order"])
    ),
    {
      ...described(writtenRanges),
      tells: ["path", "type", "headers", "order"],
      tell: () =>
        tellOfResponse(async () =>
          await fetch(`${await go.origin()}/ranges`, {
            headers: { range: RANGES },
          })
        ),
    },
  ],
  async stop() {
    await go.stop();
    if (folder) await removeFolder(folder);
  },
});
