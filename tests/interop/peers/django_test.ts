import { formCases, serverCases } from "../form_cases.ts";
import {
  changes,
  decodesAsText,
  renames,
  tellsBaseNames,
  undoesBase64Alone,
} from "../harness/differences.ts";
import { interop } from "../harness/interop.ts";
import type { Difference, Message, ToldPart } from "../harness/peer.ts";
import { Program, pythonVersion, startPython } from "../harness/program.ts";

const django = new Program(() => startPython("django_server.py"));

/** Django ends a body at the boundary, even in the middle of a line. */
const endsAtBoundary = changes((part) => {
  const text = new TextDecoder().decode(part.content);
  const end = text.indexOf("--interop-boundary");
  return { ...part, content: part.content.slice(0, end) };
});

const differs: Readonly<Record<string, Difference>> = {
  ...undoesBase64Alone,
  "bytes of no file": decodesAsText,
  "spaces in names": renames((name) => name.trim(), ["name"]),
  "slashes in file names": tellsBaseNames,
  "backslashes in names": renames((name) => name.replace(/^.*\\/, ""), [
    "filename",
  ]),
  "the boundary in the middle of lines": endsAtBoundary,
};

/** A chunked body has no Content-Length, so Django reads no bytes. */
async function readNothing(message: Message): Promise<ToldPart[]> {
  const told = await django.readChunked("/form", message);
  if (told.length > 0) return told;
  throw new Error("200 and an empty form");
}

interop({
  name: "Django",
  hint: "Install Django (Debian: python3-django).",
  version: () => pythonVersion("m.version('django')"),
  reads: [
    {
      by: "with a length",
      kinds: ["form-data"],
      also: serverCases,
      tells: ["file type"],
      read: (message) => django.read("/form", message),
      differs,
    },
    {
      by: "in chunks",
      kinds: [],
      also: formCases.filter(({ id }) => id === "text fields"),
      tells: ["file type"],
      read: readNothing,
      differs: { "text fields": { refuses: /^200 and an empty form$/ } },
    },
  ],
  stop: () => django.stop(),
});
