import { serverCases } from "../form_cases.ts";
import { decodesAsText, keepsEncodings } from "../harness/differences.ts";
import { interop } from "../harness/interop.ts";
import { Program, pythonVersion, startPython } from "../harness/program.ts";

const flask = new Program(() => startPython("flask_server.py"));

const differs = { ...keepsEncodings, "bytes of no file": decodesAsText };

interop({
  name: "Flask",
  hint: "Install Flask (Debian: python3-flask).",
  version: () => pythonVersion("m.version('flask')"),
  reads: [
    {
      by: "with a length",
      kinds: ["form-data"],
      also: serverCases,
      tells: ["file type"],
      read: (message) => flask.read("/form", message),
      differs,
    },
    {
      by: "in chunks",
      kinds: ["form-data"],
      also: serverCases,
      tells: ["file type"],
      read: (message) => flask.readChunked("/form", message),
      differs,
    },
  ],
  stop: () => flask.stop(),
});
