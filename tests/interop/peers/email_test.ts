import { answered } from "../harness/asked.ts";
import { renames, unescapesBackslashes } from "../harness/differences.ts";
import { interop } from "../harness/interop.ts";
import type { Difference } from "../harness/peer.ts";
import { Program, pythonVersion, startPython } from "../harness/program.ts";
import { writtenMultiparts } from "../written.ts";

const email = new Program(() => startPython("email_server.py"));

/** `get_filename()` trims the name, even a quoted one. */
const stripsFilenames = renames((name) => name.trim(), ["filename"]);

/** Of `filename` and `filename*`, it takes the first. */
const takesFallback = renames(
  (name) => name.replaceAll(/[^ -~]/g, "_"),
  ["filename"],
);

/** A mail's header field is ASCII: each other byte is replaced. */
const losesUnicode: Difference = renames((name) =>
  name.replaceAll(
    /[^ -~]/gu,
    (character) => "\ufffd".repeat(new TextEncoder().encode(character).length),
  )
);

interop({
  name: "Python email",
  hint: "Install Python 3.",
  version: () => pythonVersion("platform.python_version()"),
  reads: [
    {
      by: "policy.HTTP",
      kinds: [
        "form-data",
        "mixed",
        "related",
        "alternative",
        "byteranges",
        "nested",
      ],
      tells: ["path", "type", "headers", "order", "empty filename"],
      read: (message) => email.read("/http", message),
      differs: {
        "spaces in names": stripsFilenames,
        "backslashes in names": unescapesBackslashes,
        "attachments": takesFallback,
      },
    },
    {
      by: "policy.compat32",
      kinds: [
        "form-data",
        "mixed",
        "related",
        "alternative",
        "byteranges",
        "nested",
      ],
      tells: ["path", "type", "headers", "order", "empty filename"],
      read: (message) => email.read("/compat32", message),
      differs: {
        "spaces in names": stripsFilenames,
        "unicode in names": losesUnicode,
        "attachments": takesFallback,
      },
    },
  ],
  writes: writtenMultiparts.map((multipart) =>
    answered(email, multipart, ["path", "type", "order"])
  ),
  stop: () => email.stop(),
});
