/** Lets a program write what it is asked for, and reads it. */
import { leavesOf, type Written } from "../written.ts";
import type { Exchange, Trait } from "./peer.ts";
import type { Program } from "./program.ts";
import { tellOfResponse, tellOfUpload } from "./reading.ts";

const json = { "content-type": "application/json" };

/** The program posts it to a server of ours, as a client. */
export function posted(
  program: Program,
  written: Written,
  tells: readonly Trait[],
  by = "posted",
): Exchange {
  return {
    ...described(written, by),
    tells,
    tell: () =>
      tellOfUpload(async (url) => {
        const path = `/post?${new URLSearchParams({ url, by })}`;
        await program.post(path, JSON.stringify(written), json);
      }),
  };
}

/** The program answers with it, as a server. */
export function answered(
  program: Program,
  written: Written,
  tells: readonly Trait[],
): Exchange {
  return {
    ...described(written, "answered"),
    tells,
    tell: () =>
      tellOfResponse(() =>
        program.post("/write", JSON.stringify(written), json)
      ),
  };
}

/** What an exchange says of itself, whoever sends it. */
export function described(
  { id, kind, parts }: Written,
  by?: string,
): Pick<Exchange, "id" | "kind" | "parts"> {
  return { id: by ? `${id} (${by})` : id, kind, parts: leavesOf(parts) };
}
