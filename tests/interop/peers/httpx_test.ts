import { pathOf, python } from "../../driving/commands.ts";
import { programPath, runClient } from "../harness/client_program.ts";
import { uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import { pythonVersion } from "../harness/program.ts";

interop({
  name: "httpx",
  hint: "Install httpx (Debian: python3-httpx).",
  version: () => pythonVersion("m.version('httpx')"),
  writes: uploads((url, entries) =>
    runClient(
      pathOf(python),
      ["-B", programPath("python/httpx_client.py")],
      url,
      entries,
    )
  ),
});
