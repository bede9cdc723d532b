/** File systems that are mounted for one command, and seen by it alone. */
import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { MissingTool } from "../runtimes/missing_tool.ts";

const run = promisify(execFile);

/** The shell's script ends with it where there can be no such file system. */
const CANNOT_MOUNT = 77;

/**
 * Runs a script of the shell in a mount namespace of its own.
 *
 * @param script It exits with 77 if it cannot mount what it needs.
 * @returns What it prints.
 * @throws {MissingTool} On machines that lack what it takes.
 */
export async function withMount(
  script: string,
  ...args: string[]
): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  try {
    const { stdout } = await run("unshare", [
      ...(isRoot ? [] : ["--map-root-user"]),
      ...["--mount", "sh", "-c", script, "sh", ...args],
    ]);
    return stdout;
  } catch (error) {
    const { code, stderr = "" } = Object(error);
    const isLacking = code === CANNOT_MOUNT || code === "ENOENT" ||
      /^unshare: /m.test(stderr) || /^mount: /m.test(stderr);
    if (!isLacking) throw error;
    throw new MissingTool(
      "A disk for this test",
      `Run it as root, and install python3-fusepy. ${stderr}`,
    );
  }
}
