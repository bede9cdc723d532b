import process from "node:process";
import type { MultipartLimits } from "@tributary/multipart";
import { wholeNumber } from "./whole_number.ts";

/** The settings from the environment: PORT, HOST, UPLOAD_DIR and MAX_UPLOAD. */
export interface Settings {
  port: number;
  host: string;
  folder: string;
  limits: MultipartLimits;
}

/** Reads the settings. Throws for a wrong one, before the server starts. */
export function settings(): Settings {
  const { PORT, HOST, UPLOAD_DIR, MAX_UPLOAD } = process.env;
  return {
    port: wholeNumber("PORT", PORT) ?? 8000,
    host: HOST || "localhost",
    folder: UPLOAD_DIR || "uploads",
    limits: { totalBytes: wholeNumber("MAX_UPLOAD", MAX_UPLOAD) },
  };
}

/** Returns the memory of this process in bytes. */
export function memory(): number {
  return process.memoryUsage.rss();
}

/** Prints the server's address once it listens. */
export function announce({ folder, host }: Settings, port: number): void {
  console.log(`Uploads go to ${folder}`);
  console.log(`Listening on ${address(host, port)}`);
}

/**
 * Error codes for an address that is not available, and what to do about each.
 */
const ADDRESS_ERRORS = new Map([
  ["EADDRINUSE", "the port is in use. Set PORT to another one."],
  ["EACCES", "the port needs rights. Set PORT to one above 1023."],
  ["EADDRNOTAVAIL", "the address is another machine's. Set HOST to one here."],
]);

/** Ends the program if its server cannot start, with one line that says why. */
export function stopOn(error: unknown, { host, port }: Settings): never {
  if (!(error instanceof Error)) throw error;
  const code = "code" in error ? String(error.code) : "";
  const why = ADDRESS_ERRORS.get(code) ?? error.message;
  console.error(`Cannot listen on ${address(host, port)}: ${why}`);
  process.exit(1);
}

function address(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}
