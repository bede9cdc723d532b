/** An empty project into which the packed package is installed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildPackage } from "../../../scripts/build_npm.ts";
import { entries } from "../../../scripts/compile.ts";

const isWindows = process.platform === "win32";

const sources = fileURLToPath(new URL(".", import.meta.url));

export interface Project {
  /** The folder of the built package. */
  readonly built: string;
  /** The file from `npm pack`. */
  readonly tarball: string;
  /**
   * The project's folder, with the installed package and the programs that use
   * it.
   */
  readonly folder: string;
  /** A folder for other packages to install. */
  readonly spare: string;
  remove(): Promise<void>;
}

/** Builds and packs the package, and installs it as a user does. */
export async function makeProject(): Promise<Project> {
  const home = await mkdtemp(join(tmpdir(), "tributary-package-"));
  const built = join(home, "built");
  const folder = join(home, "project");
  const spare = join(home, "spare");
  const remove = () =>
    rm(home, { recursive: true, force: true, maxRetries: 5 });
  try {
    await buildPackage(built);
    for (const made of [folder, spare]) {
      await mkdir(made);
      await writeFile(join(made, "package.json"), `{ "type": "module" }\n`);
    }
    await npm(built, "pack", "--pack-destination", home);
    const packed = (await readdir(home)).find((name) => name.endsWith(".tgz"));
    if (!packed) throw new Error("Cannot install: nothing was packed");
    const tarball = join(home, packed);
    // Only the tarball is needed, so npm need not ask a registry.
    await npm(folder, "install", "--offline", tarball);
    for (const name of await readdir(sources)) {
      if (name === basename(fileURLToPath(import.meta.url))) continue;
      await cp(join(sources, name), join(folder, name));
    }
    return { built, tarball, folder, spare, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The specifier of each entry of the package. */
export const specifiers: string[] = Object.keys(entries)
  .map((entry) => `@tributary/multipart${entry.slice(1)}`);

/** Runs npm. If it fails, throws an error with its output. */
function npm(cwd: string, ...args: string[]): Promise<string> {
  return output(cwd, "npm", ...args, "--no-audit", "--no-fund");
}

/** Returns a command's output. The command must succeed. */
export async function output(
  cwd: string,
  command: string,
  ...args: string[]
): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    shell: isWindows,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      npm_config_loglevel: "error",
      npm_config_fetch_retries: "1",
    },
  });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text) => printed[name] += text);
  }
  const [code] = await once(child, "close");
  const { stdout, stderr } = printed;
  if (code === 0) return stdout.trim();
  throw new Error(`${command} ${args.join(" ")}: ${code}\n${stdout}${stderr}`);
}

/** Installs an npm package under another name. Returns its folder. */
export async function installAs(
  folder: string,
  name: string,
  specifier: string,
): Promise<string> {
  await npm(
    folder,
    "install",
    "--prefer-offline",
    "--ignore-scripts",
    `${name}@npm:${specifier}`,
  );
  return join(folder, "node_modules", name);
}

/**
 * Installs a Node version from npm. It is used by its path, because two of them
 * would both claim the command `node`.
 */
export async function installNode(
  folder: string,
  major: number,
): Promise<string> {
  const { platform, arch } = process;
  const system = isWindows ? "win" : platform;
  const prefix = system === "darwin" && arch === "arm64" ? "node-bin" : "node";
  const specifier = `${prefix}-${system}-${arch}@${major}`;
  const path = await installAs(folder, `node${major}`, specifier);
  return join(path, "bin", isWindows ? "node.exe" : "node");
}
