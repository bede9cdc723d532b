/** Bundles modules into one script, for Workers and pages. */
import { build, type BuildOptions } from "esbuild";
import { root } from "../runtimes/names.ts";

/** Bundles a Worker as wrangler does. */
export function bundleWorker(path: string): Promise<string> {
  return bundle({ entryPoints: [path], external: ["node:*"] });
}

/** Bundles a module given as text, whose imports resolve from `folder`. */
export function bundleText(
  contents: string,
  folder: string = root,
): Promise<string> {
  return bundle({ stdin: { contents, resolveDir: folder } });
}

/** Returns the only script that esbuild writes. */
export async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles: [script] = [] } = await build({
    absWorkingDir: root,
    tsconfigRaw: {},
    bundle: true,
    format: "esm",
    target: "esnext",
    logLevel: "silent",
    ...options,
    write: false,
  });
  return script?.text ?? "";
}
