/** Reads what a Worker's example says to wrangler, so that it is tried as well. */
import { readFile } from "node:fs/promises";
import { examplePath } from "./running.ts";

/** What is used of it here. */
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

/** The configuration of `examples/<name>`. */
export async function readWrangler(name: string): Promise<WranglerConfig> {
  const path = examplePath(`${name}/wrangler.jsonc`);
  const text = await readFile(path, "utf8");
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ""));
}
