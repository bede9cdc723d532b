/** A server for the examples that is compatible with S3. */
import { join } from "node:path";
import { root } from "../runtimes/names.ts";
import { installPackages } from "./install_packages.ts";
import { type RunningExample, startExample } from "./running.ts";

/** The folder in which S3's client and the server are installed. */
export const s3Packages: string = join(root, "tests/examples/stores");

/** Installs them, once. */
export function installS3(): Promise<void> {
  return installPackages(s3Packages, "S3's client");
}

/** Starts the server. Its bucket `uploads` is a folder within `folder`. */
export async function startS3(folder: string): Promise<RunningExample> {
  await installS3();
  const program = join(s3Packages, "s3_server.js");
  return await startExample(["node", program, folder]);
}
