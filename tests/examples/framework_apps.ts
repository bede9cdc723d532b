/**
 * The applications of examples/frameworks/apps, built and started by their
 * frameworks.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { buildPackage } from "../../scripts/build_npm.ts";
import { execute } from "../runtimes/processes.ts";
import { installPackages } from "./install_packages.ts";
import { examplePath, runtimeCommand } from "./running.ts";

/** An application that its framework builds. */
export interface App {
  name: string;
  /** Its folder in examples/frameworks/apps. */
  folder: string;
  /** The file that handles a form, relative to the folder. */
  file: string;
  /** Node's arguments, in that folder. */
  build: readonly string[];
  /** Node's arguments, in that folder. PORT and HOST say where to listen. */
  start: readonly string[];
  env?: Record<string, string>;
  /** Whether the framework refuses a form from another site. */
  checksOrigin?: boolean;
}

export const apps: readonly App[] = [
  {
    name: "Next.js 16",
    folder: "next",
    file: "app/upload/route.ts",
    build: ["../node_modules/next/dist/bin/next", "build"],
    start: ["../node_modules/next/dist/bin/next", "start", "-H", "127.0.0.1"],
  },
  {
    name: "SvelteKit 3",
    folder: "sveltekit",
    file: "src/routes/upload/+server.ts",
    build: ["../node_modules/vite/bin/vite.js", "build"],
    start: ["build/index.js"],
    env: {
      BODY_SIZE_LIMIT: "5100M",
      PROTOCOL_HEADER: "x-forwarded-proto",
    },
    checksOrigin: true,
  },
  {
    name: "React Router 8",
    folder: "react_router",
    file: "app/upload.ts",
    build: ["../node_modules/@react-router/dev/bin.cjs", "build"],
    start: [
      "../node_modules/@react-router/serve/bin.cjs",
      "build/server/index.js",
    ],
  },
  {
    name: "Astro 7",
    folder: "astro",
    file: "src/pages/upload.ts",
    build: ["../node_modules/astro/bin/astro.mjs", "build"],
    start: ["dist/server/entry.mjs"],
    checksOrigin: true,
  },
];

const folder = examplePath("frameworks/apps");
const library = join(folder, "node_modules/@tributary/multipart");

/** Returns the path of an application's folder. */
export function appPath(app: App): string {
  return join(folder, app.folder);
}

let placed: Promise<void> | undefined;
const built = new Map<App, Promise<void>>();

/**
 * Installs an application with the library as in the npm package, and builds it
 * if its files have changed.
 */
export function buildApp(app: App): Promise<void> {
  const building = built.get(app) ?? build(app);
  built.set(app, building);
  return building;
}

async function build(app: App): Promise<void> {
  await installPackages(folder, "A framework of examples/frameworks/apps");
  // Replaces npm's link to the sources.
  await (placed ??= buildPackage(library, { types: false }));
  const stamp = join(folder, "node_modules", `.built-${app.folder}`);
  const wanted = await hashOf([
    join(folder, "package-lock.json"),
    ...filesIn(library, "**/*.js"),
    ...filesIn(appPath(app), "{app,src}/**/*.*"),
    ...filesIn(appPath(app), "*.config.js"),
  ]);
  if (existsSync(stamp) && await readFile(stamp, "utf8") === wanted) return;
  const { exitCode, output } = await execute(runtimeCommand("node"), [
    ...app.build,
  ], {
    cwd: appPath(app),
    env: { NEXT_TELEMETRY_DISABLED: "1", ASTRO_TELEMETRY_DISABLED: "1" },
  });
  if (exitCode !== 0) throw new Error(`Cannot build ${app.name}: ${output}`);
  await writeFile(stamp, wanted);
}

function filesIn(cwd: string, pattern: string): string[] {
  return globSync(pattern, { cwd }).sort().map((path) => join(cwd, path));
}

async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(path).update(await readFile(path));
  return hash.digest("hex");
}

/** Returns a free port, for servers that do not print theirs. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  server.close();
  await once(server, "close");
  return String(port);
}
