import { spawn } from "node:child_process";
import { outputOf } from "../../driving/children.ts";
import { pathOf, php } from "../../driving/commands.ts";
import { programPath } from "../harness/client_program.ts";
import {
  keepsEncodings,
  keepsTheLast,
  leavesOut,
  renames,
  takesFilename,
} from "../harness/differences.ts";
import { formReadings } from "../harness/form_readings.ts";
import { interop } from "../harness/interop.ts";
import type { Difference } from "../harness/peer.ts";
import { Program } from "../harness/program.ts";

const program = new Program(() =>
  spawn(pathOf(php), ["-S", "127.0.0.1:0", programPath("php/form_server.php")])
);

/** PHP turns names into variable names. */
const makesVariables = renames(
  (name) => name.trimStart().replaceAll(/[ .]/g, "_"),
  ["name"],
);

const differs: Readonly<Record<string, Difference>> = {
  ...keepsEncodings,
  "text fields": keepsTheLast,
  "punctuation in names": makesVariables,
  "spaces in names": makesVariables,
  "quotes in names": makesVariables,
  "filename and filename*": takesFilename,
  "an empty name": leavesOut(({ name }) => name === ""),
};

interop({
  name: "PHP",
  hint: php.hint,
  version: () => outputOf(pathOf(php), "-r", "echo PHP_VERSION;"),
  reads: formReadings({
    "with a length": (message) => program.read("/", message),
    "in chunks": (message) => program.readChunked("/", message),
  }, differs),
  stop: () => program.stop(),
});
