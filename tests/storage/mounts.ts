/** Mounts file systems for one command. Only that command sees them. */
import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { MissingTool } from "../runtimes/missing_tool.ts";

const run = promisify(execFile);

/** The script's exit code if it cannot mount its file system. */
const CANNOT_MOUNT = 77;

/**
 * Runs a shell script in a mount namespace of its own.
 *
 * @param script Exits with 77 if it cannot mount what it needs.
 * @returns What it prints.
 * @throws {MissingTool} If this machine lacks what the script needs.
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
