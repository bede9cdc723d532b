/** Installs the packages of a package.json in a folder of its own, once. */
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
 * Runs `npm ci` if the modules are missing or belong to another lock file.
 *
 * @param folder The folder of package.json.
 * @param tool What is missing without the packages.
 * @throws {MissingTool} If it fails, for example because the registry cannot be
 *   reached.
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
  // Test files run in separate processes.
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

/** Takes the lock if it is free. Removes the lock of a killed process. */
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
