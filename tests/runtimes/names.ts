/**
 * The files that the tests' imports resolve to where JSR cannot be reached:
 * npm's deno-std has the same @std code as JavaScript. Deno reads the same
 * mapping from npm_imports.json, and Bun from tsconfig.json.
 */
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

export function testNames(runner: "node" | "qunit"): Record<string, string> {
  const std = (path: string) => `${root}node_modules/deno-std/${path}.js`;
  return {
    "@std/assert": std("assert/mod"),
    "@std/http/etag": std("http/etag"),
    "@std/media-types": std("media_types/mod"),
    "@std/streams": std("streams/mod"),
    "@std/testing/bdd": `${root}tests/runtimes/bdd/${runner}.ts`,
    "@tributary/multipart": `${root}mod.ts`,
    "@tributary/multipart/disk": `${root}storage/disk.ts`,
    "@tributary/multipart/form": `${root}reader/form/mod.ts`,
    "@tributary/multipart/reader": `${root}reader/mod.ts`,
    "@tributary/multipart/writer": `${root}writer/mod.ts`,
  };
}
