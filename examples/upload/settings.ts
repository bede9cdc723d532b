import process from "node:process";
import type { MultipartLimits } from "@tributary/multipart";
import { wholeNumber } from "./whole_number.ts";

/** What the environment says: PORT, HOST, UPLOAD_DIR and MAX_UPLOAD. */
export interface Settings {
  port: number;
  host: string;
  folder: string;
  limits: MultipartLimits;
}

/** Reads the settings; a wrong one stops the server before it has begun. */
export function settings(): Settings {
  const { PORT, HOST, UPLOAD_DIR, MAX_UPLOAD } = process.env;
  return {
    port: wholeNumber("PORT", PORT) ?? 8000,
    host: HOST || "localhost",
    folder: UPLOAD_DIR || "uploads",
    limits: { totalBytes: wholeNumber("MAX_UPLOAD", MAX_UPLOAD) },
  };
}

/** How many bytes of memory this process has. */
export function memory(): number {
  return process.memoryUsage.rss();
}

/** Says where the server is, once it is there. */
export function announce({ folder, host }: Settings, port: number): void {
  console.log(`Uploads go to ${folder}`);
  console.log(`Listening on ${address(host, port)}`);
}

/** Ends the program when its server cannot start, with one line where it can. */
export function stopOn(error: unknown, { host, port }: Settings): never {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code !== "EADDRINUSE") throw error;
  console.error(
    `Cannot listen on ${address(host, port)}: the port is in use. ` +
      "Set PORT to another one.",
  );
  process.exit(1);
}

function address(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}
