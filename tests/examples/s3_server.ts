/** A server that speaks as S3 does, for the examples. */
import { join } from "node:path";
import { root } from "../runtimes/names.ts";
import { installPackages } from "./install_packages.ts";
import { type RunningExample, startExample } from "./running.ts";

/** Where S3's client and the server are installed. */
export const s3Packages: string = join(root, "tests/examples/stores");

/** Installs them, once. */
export function installS3(): Promise<void> {
  return installPackages(s3Packages, "S3's client");
}

/** Starts the server; its bucket `uploads` is a folder within `folder`. */
export async function startS3(folder: string): Promise<RunningExample> {
  await installS3();
  const program = join(s3Packages, "s3_server.js");
  return await startExample(["node", program, folder]);
}
