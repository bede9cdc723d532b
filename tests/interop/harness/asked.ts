/** Has a program write a given multipart, and reads it. */
import { leavesOf, type Written } from "../written.ts";
import type { Exchange, Trait } from "./peer.ts";
import type { Program } from "./program.ts";
import { tellOfResponse, tellOfUpload } from "./reading.ts";

const json = { "content-type": "application/json" };

/** The program posts it as a client to a server with this reader. */
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

/** The program sends it as a server's response. */
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

/** The description of an exchange, whoever sends it. */
export function described(
  { id, kind, parts }: Written,
  by?: string,
): Pick<Exchange, "id" | "kind" | "parts"> {
  return { id: by ? `${id} (${by})` : id, kind, parts: leavesOf(parts) };
}
