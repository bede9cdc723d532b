/** Temporary folders for tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes an empty folder. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "tributary-"));
}

/**
 * Removes a folder with everything in it, even while a browser still writes to
 * it.
 */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Makes a folder for `use`, and removes it afterwards. */
export async function inFolder<T>(
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeFolder();
  try {
    return await use(folder);
  } finally {
    await removeFolder(folder);
  }
}
