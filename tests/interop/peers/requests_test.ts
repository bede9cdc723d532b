import { pathOf, python } from "../../driving/commands.ts";
import { programPath, runClient } from "../harness/client_program.ts";
import { uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import { pythonVersion } from "../harness/program.ts";

interop({
  name: "requests",
  hint: "Install requests (Debian: python3-requests).",
  version: () => pythonVersion("m.version('requests')"),
  writes: uploads((url, entries) =>
    runClient(
      pathOf(python),
      ["-B", programPath("python/requests_client.py")],
      url,
      entries,
    )
  ),
});
