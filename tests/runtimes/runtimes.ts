import { createRequire } from "node:module";
import { findChromium, runChromium } from "./chromium.ts";
import {
  firstVersion,
  installed,
  nodePath,
  runBun,
  runDeno,
  runNode,
} from "./processes.ts";
import type { RunOptions, RunReport } from "./report.ts";
import { runWebKit, webkitVersion } from "./webkit.ts";
import { runWorkerd } from "./workerd.ts";

export interface Runtime {
  name: string;
  /** The folders of its tests, within the folder of all tests. */
  folders: string[];
  /** Whether it runs the neutral tests, which every runtime runs. */
  isNeutral: boolean;
  /** Whether it needs only npm packages. `npm test` runs these suites. */
  needsNpmAlone: boolean;
  /** What to do if the runtime is missing. */
  hint: string;
  /** Resolves with undefined if the runtime is missing. */
  version(): Promise<string | undefined>;
  run(
    files: readonly string[],
    filter: string,
    options: RunOptions,
  ): Promise<RunReport>;
}

const neutral = {
  folders: [
    "wire",
    "reader",
    "writer",
    "conformance",
    "threats",
    "fuzz",
    "faults",
    "interop/native",
  ],
  isNeutral: true,
  needsNpmAlone: true,
  hint: "Run npm install.",
};

/** A suite that starts servers, builds bundles or reads the repository. */
function driven(name: string, folder: string = name): Runtime {
  return {
    ...neutral,
    name,
    folders: [folder],
    isNeutral: false,
    needsNpmAlone: name === "repository",
    version: async () => {
      const version = await firstVersion(nodePath());
      return version && `(node ${version})`;
    },
    run: runNode,
  };
}

/**
 * In the order in which they begin. The long ones begin early, so that the two
 * workers finish at about the same time.
 */
export const runtimes: Runtime[] = [
  {
    ...neutral,
    name: "chromium",
    needsNpmAlone: false,
    hint: "Install Chromium or Chrome, or set CHROMIUM_PATH.",
    version: () => firstVersion(findChromium()),
    run: runChromium,
  },
  {
    ...neutral,
    name: "webkit",
    needsNpmAlone: false,
    hint: "Install Debian's webkit2gtk-driver and xvfb.",
    version: webkitVersion,
    run: runWebKit,
  },
  driven("repository"),
  {
    ...neutral,
    name: "node",
    version: () => firstVersion(nodePath()),
    run: runNode,
  },
  driven("examples"),
  {
    ...neutral,
    name: "workerd",
    version: () => {
      const require = createRequire(import.meta.resolve("miniflare"));
      const { version }: { version: string } = require("workerd/package.json");
      return Promise.resolve(version);
    },
    run: runWorkerd,
  },
  {
    ...neutral,
    name: "deno",
    version: () => firstVersion(installed("deno")),
    run: runDeno,
  },
  {
    ...neutral,
    name: "bun",
    version: () => firstVersion(installed("bun")),
    run: runBun,
  },
  driven("runner"),
  driven("servers"),
  driven("storage"),
  driven("interop", "interop/peers"),
  driven("differential", "interop/differential"),
  driven("soak"),
];
