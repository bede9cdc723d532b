import type { PartHead } from "./part_head.ts";

/**
 * What a {@linkcode MultipartParser} found next.
 *
 * - `part`: a part begins; `head` holds its header fields.
 * - `data`: bytes of its body, as a view of the pushed chunk, except for the
 *   few that were held back between two chunks. The parser reuses one `data`
 *   event object: take `data` from it before the next call.
 * - `part-end`: the part's delimiter line is complete.
 * - `end`: the multipart is complete; every later call gives it again.
 * - `need-data`: push the next chunk, or call `end()`.
 *
 * @example See what a body is made of
 * ```ts
 * import { type MultipartEvent, MultipartParser } from "@tributary/multipart";
 *
 * const parser = new MultipartParser({ boundary: "b" });
 * parser.push(new TextEncoder().encode("--b\r\n\r\nhello\r\n--b--"));
 * parser.end();
 * const found: MultipartEvent["type"][] = [];
 * let event: MultipartEvent;
 * do {
 *   event = parser.next();
 *   found.push(event.type);
 * } while (event.type !== "end");
 * if (found.join() !== "part,data,part-end,end") throw new Error(found.join());
 * ```
 */
export type MultipartEvent =
  | { readonly type: "part"; readonly head: PartHead }
  | { readonly type: "data"; readonly data: Uint8Array }
  | { readonly type: "part-end" }
  | { readonly type: "end" }
  | { readonly type: "need-data" };

/** A part's delimiter line is complete. */
export const PART_END: MultipartEvent = /* @__PURE__ */ Object.freeze({
  type: "part-end",
});

/** The multipart is complete. */
export const END: MultipartEvent = /* @__PURE__ */ Object.freeze({
  type: "end",
});

/** The parser needs more bytes. */
export const NEED_DATA: MultipartEvent = /* @__PURE__ */ Object.freeze({
  type: "need-data",
});
