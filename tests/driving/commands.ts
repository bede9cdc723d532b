/** Where the commands are that npm does not install. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** Debian's, where its packages are: another may come first on the PATH. */
export const python = "/usr/bin/python3";

/** Where Firefox is, unless `FIREFOX_PATH` says so. */
export function findFirefox(): string | undefined {
  const named = process.env["FIREFOX_PATH"];
  if (named) return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return ["firefox-esr", "firefox"]
    .flatMap((name) => [...folders, "/usr/bin"].map((at) => join(at, name)))
    .find((path) => existsSync(path));
}
