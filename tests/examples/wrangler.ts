/**
 * Reads a Worker example's wrangler configuration, so that it is tested too.
 */
import { readFile } from "node:fs/promises";
import { examplePath } from "./running.ts";

/** The part of the configuration that is used here. */
export interface WranglerConfig {
  main: string;
  compatibility_date: string;
  compatibility_flags: string[];
  vars: Record<string, unknown>;
  assets: { directory: string; binding: string; run_worker_first: boolean };
  r2_buckets: { binding: string; bucket_name: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  migrations: { new_sqlite_classes: string[] }[];
}

/** Reads the configuration of `examples/<name>`. */
export async function readWrangler(name: string): Promise<WranglerConfig> {
  const path = examplePath(`${name}/wrangler.jsonc`);
  const text = await readFile(path, "utf8");
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ""));
}
