import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { bundleTests } from "./bundle.ts";
import {
  type BundleReport,
  fromBundle,
  type RunOptions,
  type RunReport,
} from "./report.ts";

/**
 * The newest date that the pinned workerd knows. No flags, so no Node.js APIs.
 */
const compatibilityDate = "2026-07-30";

const worker = `export default {
  async fetch(request) {
    return Response.json(await run(await request.text()));
  }
}`;

export async function runWorkerd(
  files: readonly string[],
  filter: string,
  { signal, progress }: RunOptions,
): Promise<RunReport> {
  const output: string[] = [];
  const bundle = await bundleTests(files, worker);
  const miniflare = new Miniflare({
    modules: true,
    script: bundle.script,
    compatibilityDate,
    handleRuntimeStdio(stdout: Readable, stderr: Readable) {
      for (const stream of [stdout, stderr]) {
        createInterface(stream).on("line", (line) => {
          if (!progress?.read(line)) output.push(line);
        });
      }
    },
  });
  try {
    const response = await miniflare.dispatchFetch("http://127.0.0.1/", {
      method: "POST",
      body: filter,
      signal,
    });
    if (!response.ok) throw new Error(await response.text());
    return fromBundle(await response.json() as BundleReport, bundle);
  } catch (error) {
    throw new Error(output.join("\n") || "workerd gave no report", {
      cause: error,
    });
  } finally {
    await miniflare.dispose();
  }
}
