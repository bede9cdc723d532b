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

/** Says where the server is, once it is there. */
export function announce({ host, folder }: Settings, port: number): void {
  const name = host.includes(":") ? `[${host}]` : host;
  console.log(`Uploads go to ${folder}`);
  console.log(`Listening on http://${name}:${port}/`);
}
