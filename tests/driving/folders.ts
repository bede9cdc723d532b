/** Folders that are there for as long as a test needs them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes an empty folder. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "tributary-"));
}

/** Removes a folder with all that is in it, though a browser may still write. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Lends a folder. */
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
