/** Installs what examples/frameworks/package.json names, once. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MissingTool } from "../runtimes/missing_tool.ts";
import { execute } from "../runtimes/processes.ts";
import { examplePath } from "./running.ts";

const folder = examplePath("frameworks");
const modules = join(folder, "node_modules");
const stamp = join(modules, ".installed");
const lock = join(folder, "node_modules.lock");
const INSTALL_MS = 300_000;

let installed: Promise<void> | undefined;

/**
 * Runs `npm ci` where the modules are missing, or of another lock file.
 *
 * @throws {MissingTool} If it fails, as it does out of reach of the registry.
 */
export function installFrameworks(): Promise<void> {
  return installed ??= install();
}

async function install(): Promise<void> {
  const wanted = createHash("sha256")
    .update(await readFile(join(folder, "package-lock.json"))).digest("hex");
  if (await isInstalled(wanted)) return;
  // Test files run in processes of their own.
  while (!await takeLock()) {
    await sleep(200);
    if (await isInstalled(wanted)) return;
  }
  try {
    if (await isInstalled(wanted)) return;
    const signal = AbortSignal.timeout(INSTALL_MS);
    const { exitCode, output } = await execute("npm", [
      ...["ci", "--prefix", folder],
      ...["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    ], { signal });
    if (exitCode !== 0) {
      throw new MissingTool(
        "A framework of examples/frameworks",
        `npm ci has failed there: ${output.trim().slice(0, 300)}`,
      );
    }
    await writeFile(stamp, wanted);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function isInstalled(wanted: string): Promise<boolean> {
  return existsSync(stamp) && await readFile(stamp, "utf8") === wanted;
}

/** Whether the lock was free; one that a killed process left is removed. */
async function takeLock(): Promise<boolean> {
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
