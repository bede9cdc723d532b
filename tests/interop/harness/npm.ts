/** The peers that npm installs. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../runtimes/names.ts";

/** The version of a package; undefined where it is not installed. */
export async function installedVersion(
  name: string,
): Promise<string | undefined> {
  const path = join(root, "node_modules", name, "package.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text && JSON.parse(text).version;
}

/**
 * A package that is used without types, and named here when it is asked for: a
 * test file can be loaded where the package is not installed.
 */
export async function importInstalled<T>(name: string): Promise<T> {
  return await import(name);
}
