import { serverCases } from "../form_cases.ts";
import { posted } from "../harness/asked.ts";
import { keepsEncodings } from "../harness/differences.ts";
import { interop } from "../harness/interop.ts";
import type { Difference } from "../harness/peer.ts";
import { Program, pythonVersion, startPython } from "../harness/program.ts";
import { writtenForms } from "../written.ts";

const tornado = new Program(() => startPython("tornado_server.py"));

const differs: Readonly<Record<string, Difference>> = {
  ...keepsEncodings,
  "an empty name": { refuses: /400/ },
  "the boundary in the middle of lines": { refuses: /400/ },
};

interop({
  name: "Tornado",
  hint: "Install Tornado (Debian: python3-tornado).",
  version: () => pythonVersion("m.version('tornado')"),
  reads: [
    {
      by: "with a length",
      kinds: ["form-data"],
      also: serverCases,
      tells: ["file type"],
      read: (message) => tornado.read("/form", message),
      differs,
    },
    {
      by: "in chunks",
      kinds: ["form-data"],
      also: serverCases,
      tells: ["file type"],
      read: (message) => tornado.readChunked("/form", message),
      differs,
    },
  ],
  writes: ["body", "body_producer"].flatMap((by) =>
    writtenForms.map((form) =>
      posted(tornado, form, ["path", "file type", "order"], by)
    )
  ),
  stop: () => tornado.stop(),
});
