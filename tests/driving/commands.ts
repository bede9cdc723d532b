/** Commands that npm does not install, each with a hint for installing it. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { findChromium } from "../runtimes/chromium.ts";
import { MissingTool } from "../runtimes/missing_tool.ts";
import { outputOf } from "./children.ts";

/** A command with a hint for installing it. */
export interface Command {
  name: string;
  hint: string;
  /** Returns its path, or undefined if it is missing. */
  find(): string | undefined;
}

export const chromium: Command = {
  name: "Chromium",
  hint: "Install Chromium or Chrome, or set CHROMIUM_PATH.",
  find: findChromium,
};

export const firefox: Command = {
  name: "Firefox",
  hint: "Install Firefox, or set FIREFOX_PATH.",
  find: findFirefox,
};

export const curl: Command = packaged("curl");
export const ffmpeg: Command = packaged("ffmpeg");
export const go: Command = packaged("go", "golang-go");
export const git: Command = packaged("git");
export const java: Command = packaged("java", "default-jdk-headless");
export const javac: Command = packaged("javac", "default-jdk-headless");
export const mcs: Command = packaged("mcs", "mono-mcs");
export const mono: Command = packaged("mono", "mono-runtime");
export const php: Command = packaged("php", "php-cli");
export const ruby: Command = packaged("ruby");

export const nginx: Command = daemon("nginx");
export const haproxy: Command = daemon("haproxy");

/** Orthanc with its plugin, which makes it a DICOMweb server. */
export const orthanc: Command = {
  name: "Orthanc",
  hint: hintFor("orthanc orthanc-dicomweb"),
  find: () =>
    existsSync(`${orthancPlugins}/libOrthancDicomWeb.so`)
      ? findOnPath("Orthanc", "/usr/sbin")
      : undefined,
};

/** The folder of Orthanc's plugins on Debian. */
export const orthancPlugins = "/usr/share/orthanc/plugins";

/**
 * Debian's Python, which has Debian's packages. The first on the PATH may be
 * another.
 */
export const python: Command = {
  ...packaged("python3"),
  find: () => existsSync("/usr/bin/python3") ? "/usr/bin/python3" : undefined,
};

/** Returns the path of a command. If it is missing, the test is skipped. */
export function pathOf({ name, hint, find }: Command): string {
  const path = find();
  if (path === undefined) throw new MissingTool(name, hint);
  return path;
}

const pythonModules = new Map<string, Promise<boolean>>();

/** Returns Python's path if it has a module. Otherwise the test is skipped. */
export async function pythonWith(
  module: string,
  packageName: string,
): Promise<string> {
  const path = pathOf(python);
  const known = pythonModules.get(module) ??
    outputOf(path, "-c", `import ${module}`).then((text) => text !== undefined);
  pythonModules.set(module, known);
  if (await known) return path;
  throw new MissingTool(`Python's ${module}`, hintFor(packageName));
}

function packaged(name: string, packageName: string = name): Command {
  return { name, hint: hintFor(packageName), find: () => findOnPath(name) };
}

/** A system daemon, whose folder may be missing from a user's PATH. */
function daemon(name: string): Command {
  return { ...packaged(name), find: () => findOnPath(name, "/usr/sbin") };
}

function hintFor(packageName: string): string {
  return `Install it (Debian: apt-get install ${packageName}).`;
}

function findOnPath(name: string, ...others: string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  const suffixes = process.platform === "win32" ? [".exe", ""] : [""];
  return [...folders, ...others]
    .flatMap((folder) => suffixes.map((end) => join(folder, name + end)))
    .find((path) => existsSync(path));
}

function findFirefox(): string | undefined {
  const named = process.env["FIREFOX_PATH"];
  if (named) return existsSync(named) ? named : undefined;
  return ["firefox-esr", "firefox"]
    .map((name) => findOnPath(name, "/usr/bin"))
    .find((path) => path !== undefined);
}
