/** The servers of examples/frameworks, each started by its runtime. */
import { build } from "esbuild";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { bundleWorker } from "../driving/bundles.ts";
import { inFolder } from "../driving/folders.ts";
import { root } from "../runtimes/names.ts";
import {
  type App,
  appPath,
  apps,
  buildApp,
  freePort,
} from "./framework_apps.ts";
import { installFrameworks } from "./install_frameworks.ts";
import { examplePath, startExample } from "./running.ts";

/** A running server. */
export interface RunningFramework {
  /** The URL to post a form to. */
  url: string;
  /** Its process, if it has one of its own. */
  pid?: number;
  /** The names of everything that it has stored or begun to store. */
  stored(): Promise<string[]>;
}

/** A framework on a runtime, as in a row of docs/frameworks.md. */
export interface Framework {
  name: string;
  runtime: "Node" | "Deno" | "Bun" | "Workers";
  /** Its example in examples/frameworks. */
  file: string;
  /**
   * Whether the framework reads the whole form before the example receives it.
   */
  holdsForm?: boolean;
  /** Whether it refuses a form from another site, by its Origin. */
  checksOrigin?: boolean;
  /** Installs and builds it, once. That may take a minute. */
  prepare(): Promise<void>;
  /** Runs it with a folder or a bucket of its own. */
  run(use: (server: RunningFramework) => Promise<void>): Promise<void>;
}

const prepare = installFrameworks;
const path = (file: string) => examplePath(`frameworks/${file}`);

interface Process {
  cwd?: string;
  env?: Record<string, string>;
  /** The path to post a form to. */
  path?: string;
}

/** Runs a command that prints its URL and stores files in FOLDER. */
function inProcess(
  command: readonly string[] | (() => Promise<readonly string[]>),
  options: () => Promise<Process> = () => Promise.resolve({}),
): Framework["run"] {
  return (use) =>
    inFolder(async (folder) => {
      const words = typeof command === "function" ? await command() : command;
      const { cwd, env, path = "" } = await options();
      const server = await startExample([...words], {
        cwd,
        env: { ...env, FOLDER: folder },
      });
      try {
        await use({
          url: new URL(path, server.url).href,
          pid: server.pid,
          stored: () => readdir(folder),
        });
      } finally {
        await server.close();
      }
    });
}

function onNode(name: string, file: string): Framework {
  const run = inProcess(["node", path(file)]);
  return { name, runtime: "Node", file, prepare, run };
}

function onBun(name: string, file: string): Framework {
  const run = inProcess(["bun", path(file)]);
  return { name, runtime: "Bun", file, prepare, run };
}

/** An application in production mode. */
function inProduction(app: App): Framework {
  return {
    name: app.name,
    runtime: "Node",
    file: `apps/${app.folder}/${app.file}`,
    checksOrigin: app.checksOrigin,
    prepare: () => buildApp(app),
    run: inProcess(["node", ...app.start], async () => ({
      cwd: appPath(app),
      env: { ...app.env, PORT: await freePort() },
      path: "upload",
    })),
  };
}

const permissions = [
  ...["--no-prompt", "--no-check"],
  ...["--allow-env", "--allow-read", "--allow-write"],
];

/** Builds nest.ts as Nest's own builder does. */
async function buildNest(platform: string): Promise<string[]> {
  const outfile = path("node_modules/.built/nest.js");
  await build({
    entryPoints: [path("nest.ts")],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    tsconfig: path("tsconfig.json"),
    logLevel: "silent",
  });
  return ["node", outfile, platform];
}

function nest(platform: "Express" | "Fastify"): Framework {
  return {
    name: `NestJS over ${platform}`,
    runtime: "Node",
    file: "nest.ts",
    prepare,
    run: inProcess(() => buildNest(platform.toLowerCase())),
  };
}

/**
 * Builds a program that serves the function as the framework's own command
 * does.
 */
async function buildFunctionServer(): Promise<string[]> {
  const program = path("node_modules/.built-function.mjs");
  await writeFile(
    program,
    `import "../google_function.ts";
import { getTestServer } from "@google-cloud/functions-framework/testing";
const server = getTestServer("upload").listen(0, "127.0.0.1", () => {
  console.log(\`Listening on http://127.0.0.1:\${server.address().port}/\`);
});
`,
  );
  return ["node", program];
}

interface Bindings {
  UPLOADS: { list(): Promise<{ objects: { key: string }[] }> };
}

async function inWorker(
  use: (server: RunningFramework) => Promise<void>,
): Promise<void> {
  const miniflare = new Miniflare({
    modules: true,
    script: await bundleWorker(path("hono_worker.ts")),
    compatibilityDate: "2026-07-30",
    r2Buckets: ["UPLOADS"],
    handleRuntimeStdio() {}, // It would log clients that hang up.
  });
  try {
    await use({
      url: (await miniflare.ready).href,
      async stored() {
        const { UPLOADS } = await miniflare.getBindings<Bindings>();
        return (await UPLOADS.list()).objects.map(({ key }) => key);
      },
    });
  } finally {
    await miniflare.dispose();
  }
}

export const frameworks: readonly Framework[] = [
  onNode("Express 5", "express.ts"),
  onNode("Koa 3", "koa.ts"),
  onNode("Fastify 5", "fastify.ts"),
  nest("Express"),
  nest("Fastify"),
  onNode("H3 2", "h3.ts"),
  onNode("Hono 4", "hono_node.ts"),
  ...apps.map(inProduction),
  onBun("Hono 4", "hono.ts"),
  {
    name: "Hono 4",
    runtime: "Deno",
    file: "hono.ts",
    prepare,
    run: inProcess([
      ...["deno", "serve", ...permissions, "--host=127.0.0.1", "--port=0"],
      ...[`--config=${join(root, "deno.json")}`, path("hono.ts")],
    ]),
  },
  {
    name: "Hono 4",
    runtime: "Workers",
    file: "hono_worker.ts",
    prepare,
    run: inWorker,
  },
  onBun("Elysia 1", "elysia.ts"),
  {
    name: "Deno.serve",
    runtime: "Deno",
    file: "deno.ts",
    prepare,
    run: inProcess([
      ...["deno", "run", ...permissions, "--allow-net", path("deno.ts")],
    ]),
  },
  {
    name: "functions-framework 5",
    runtime: "Node",
    file: "google_function.ts",
    holdsForm: true,
    prepare,
    run: inProcess(buildFunctionServer),
  },
];
