/** Installs what a package.json in a folder of its own names, once. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MissingTool } from "../runtimes/missing_tool.ts";
import { execute } from "../runtimes/processes.ts";

const INSTALL_MS = 300_000;

const installed = new Map<string, Promise<void>>();

/**
 * Runs `npm ci` where the modules are missing, or of another lock file.
 *
 * @param folder Where package.json stands.
 * @param tool What is missing without them.
 * @throws {MissingTool} If it fails, as it does out of reach of the registry.
 */
export function installPackages(folder: string, tool: string): Promise<void> {
  const known = installed.get(folder) ?? install(folder, tool);
  installed.set(folder, known);
  return known;
}

async function install(folder: string, tool: string): Promise<void> {
  const stamp = join(folder, "node_modules/.installed");
  const lock = join(folder, "node_modules.lock");
  const wanted = createHash("sha256")
    .update(await readFile(join(folder, "package-lock.json"))).digest("hex");
  if (await isInstalled(stamp, wanted)) return;
  // Test files run in processes of their own.
  while (!await takeLock(lock)) {
    await sleep(200);
    if (await isInstalled(stamp, wanted)) return;
  }
  try {
    if (await isInstalled(stamp, wanted)) return;
    const signal = AbortSignal.timeout(INSTALL_MS);
    const { exitCode, output } = await execute("npm", [
      ...["ci", "--prefix", folder],
      ...["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    ], { signal });
    if (exitCode !== 0) {
      const reason = output.trim().slice(0, 300);
      throw new MissingTool(tool, `npm ci has failed in ${folder}: ${reason}`);
    }
    await writeFile(stamp, wanted);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function isInstalled(stamp: string, wanted: string): Promise<boolean> {
  return existsSync(stamp) && await readFile(stamp, "utf8") === wanted;
}

/** Whether the lock was free; one that a killed process left is removed. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const since = await stat(lock).then(({ mtimeMs }) => mtimeMs, () => 0);
    if (since > 0 && Date.now() - since > INSTALL_MS) {
      await rm(lock, { recursive: true, force: true });
    }
    return false;
  }
}
