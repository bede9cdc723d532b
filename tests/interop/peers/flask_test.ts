import { interop } from "../harness/interop.ts";
import { Program, pythonVersion, startPython } from "../harness/program.ts";

const flask = new Program(() => startPython("flask_server.py"));

interop({
  name: "Flask",
  hint: "Install Flask (Debian: python3-flask).",
  version: () => pythonVersion("m.version('flask')"),
  reads: [
    {
      by: "with a length",
      kinds: ["form-data"],
      tells: ["file type"],
      read: (message) => flask.read("/form", message),
    },
    {
      by: "in chunks",
      kinds: ["form-data"],
      tells: ["file type"],
      read: (message) => flask.readChunked("/form", message),
    },
  ],
  stop: () => flask.stop(),
});
