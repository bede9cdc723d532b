import { spawn } from "node:child_process";
import { outputOf } from "../../driving/children.ts";
import { pathOf, ruby } from "../../driving/commands.ts";
import { programPath, runClient } from "../harness/client_program.ts";
import {
  changes,
  keepsEncodings,
  keepsTheLast,
  leavesOut,
  renames,
  takesFilename,
  tellsBaseNames,
} from "../harness/differences.ts";
import { uploads } from "../harness/entries.ts";
import { formReadings } from "../harness/form_readings.ts";
import { interop } from "../harness/interop.ts";
import type { Difference } from "../harness/peer.ts";
import { Program } from "../harness/program.ts";

const program = new Program(() =>
  spawn(pathOf(ruby), [programPath("ruby/rack_server.rb")])
);

/** Rack percent-decodes all filenames. */
const decodesFilenames = renames(decodeURIComponent, ["filename"]);

const differs: Readonly<Record<string, Difference>> = {
  ...keepsEncodings,
  "text fields": keepsTheLast,
  "percent in names": decodesFilenames,
  "quotes in names": decodesFilenames,
  "line breaks in names": decodesFilenames,
  "backslashes in names": changes((part) => ({
    ...part,
    name: part.name?.replaceAll("\\", ""),
    filename: part.filename?.replace(/^.*\\/, ""),
  })),
  "slashes in file names": tellsBaseNames,
  "an empty name": changes((part) => ({
    ...part,
    name: part.name || `${part.headers["content-type"] ?? "text/plain"}[]`,
  })),
  "filename and filename*": takesFilename,
  "an empty file name": leavesOut(({ filename }) => filename === ""),
  "the boundary in the middle of lines": changes((part) => ({
    ...part,
    content: part.content.subarray(0, "interop-boundary\r\n ".length),
  })),
  "the longest boundary, in quotes": { refuses: /EOFError/ },
};

/** Rack's writer percent-encodes filenames, which servers must not decode. */
const encodesFilenames = renames(
  (name) => new URLSearchParams({ name }).toString().slice("name=".length),
  ["filename"],
);

const writesOtherwise: Readonly<Record<string, Difference>> = {
  "unicode in names": encodesFilenames,
  "punctuation in names": encodesFilenames,
  "quotes in names": { refuses: /: 400/ },
};

interop({
  name: "Rack",
  hint: "Install Rack and WEBrick (Debian: ruby-rack ruby-webrick).",
  version: () =>
    outputOf(
      pathOf(ruby),
      "-e",
      "require 'rack'; require 'webrick'; puts Rack.release",
    ),
  reads: formReadings({
    "with a length": (message) => program.read("/", message),
    "in chunks": (message) => program.readChunked("/", message),
  }, differs),
  // Without a file, Rack does not write a multipart.
  writes: uploads((url, entries) =>
    runClient(
      pathOf(ruby),
      [programPath("ruby/rack_client.rb")],
      url,
      entries,
    )
  ).filter(({ parts }) => parts.some(({ filename }) => filename !== undefined))
    .map((exchange) => ({
      ...exchange,
      differs: writesOtherwise[exchange.id],
    })),
  stop: () => program.stop(),
});
