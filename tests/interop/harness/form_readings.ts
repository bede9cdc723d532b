import { serverCases } from "../form_cases.ts";
import type { Difference, Reading } from "./peer.ts";

/** The ways in which a server reads forms, all with the same differences. */
export function formReadings(
  ways: Readonly<Record<string, Reading["read"]>>,
  differs: Readonly<Record<string, Difference>>,
): Reading[] {
  return Object.entries(ways).map(([by, read]) => ({
    by,
    kinds: ["form-data"],
    also: serverCases,
    tells: ["file type"],
    read,
    differs,
  }));
}
