/** Peers from npm. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../runtimes/names.ts";

/** Returns the version of a package, or undefined if it is not installed. */
export async function installedVersion(
  name: string,
): Promise<string | undefined> {
  const path = join(root, "node_modules", name, "package.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text && JSON.parse(text).version;
}

/**
 * Imports a package without its types. The dynamic import lets a test file load
 * even if the package is not installed.
 */
export async function importInstalled<T>(name: string): Promise<T> {
  return await import(name);
}
