/** Installs the packages of examples/frameworks/package.json, once. */
import { installPackages } from "./install_packages.ts";
import { examplePath } from "./running.ts";

/** @throws {MissingTool} As {@linkcode installPackages}. */
export function installFrameworks(): Promise<void> {
  const tool = "A framework of examples/frameworks";
  return installPackages(examplePath("frameworks"), tool);
}
