/** Small inputs of every kind, for damaging in every way. */
import type { PartHead } from "@tributary/multipart";
import { fieldHead, utf8 } from "../bytes.ts";
import type { Random } from "../writer/random.ts";

export interface Sample {
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** All are well formed and have at least two parts. */
export const CORPUS: readonly Sample[] = [
  {
    contentType: "multipart/form-data; boundary=b",
    body: utf8(
      `--b\r\n${fieldHead("a")}\r\n\r\none\r\n` +
        `--b \t\r\n${fieldHead("f")}; filename="x \\" y.txt"\r\n` +
        "Content-Type: text/plain; charset=utf-8\r\n\r\n\r\n-\r\n--\r\n" +
        "--b--\r\nepilogue",
    ),
  },
  {
    contentType: "multipart/mixed; boundary=b",
    body: utf8(
      "preamble\r\n--b\r\n\r\nno head\r\n--bx\r\n--b\r\n" +
        "Content-Type: multipart/mixed;\r\n boundary=inner\r\n\r\n" +
        "--inner\r\nContent-Disposition: attachment; filename*0*=UTF-8''a%c3;" +
        ' filename*1*=%a9; filename*2="c"\r\n\r\ndeep\r\n--inner--\r\n' +
        "--b\r\nContent-Transfer-Encoding: base64\r\nContent-Length: 8\r\n\r\n" +
        "T3Nsbw==\r\n--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
        "a=3Db=\r\nc\r\n--b--",
    ),
  },
  {
    contentType: "multipart/x-mixed-replace; boundary=b",
    body: utf8(
      "\r\n--b\r\nContent-Type: image/jpeg\r\nContent-Length: 7\r\n\r\n" +
        "AA--bAA\r\n--b\nContent-Length: 4\n\nBBBB--b\r\n" +
        "Content-Length: 2\r\n\r\nCCCC\r\n--b--\r\n",
    ),
  },
];

/** Input that broke parsers, according to advisories. */
const SNIPPETS = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  "\0",
  " ",
  "\t",
  "-",
  "--",
  "--b",
  "--b--",
  "\r\n--b\r\n",
  "\r\n--b--\r\n",
  ":",
  ";",
  "=",
  '"',
  "\\",
  "%",
  "*",
  "*0*=",
  "''",
  "\u00ff",
  "\ufeff",
  "=?utf-8?q?=",
  "Content-Length: 99999999999999999999\r\n",
  "Content-Disposition: form-data; name=__proto__\r\n",
].map(utf8);

/**
 * Returns `bytes` with one to four pieces replaced, removed, doubled or
 * inserted.
 */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
  let damaged = bytes;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(damaged.length + 1);
    const end = Math.min(damaged.length, at + random.below(12));
    const piece = random.pick<() => Uint8Array>([
      () => new Uint8Array(0),
      () => random.bytes(3),
      () => random.pick(SNIPPETS),
      () => damaged.subarray(at, end),
    ])();
    const resume = random.below(2) === 0 ? at : end;
    const next = new Uint8Array(at + piece.length + damaged.length - resume);
    next.set(damaged.subarray(0, at));
    next.set(piece, at);
    next.set(damaged.subarray(resume), at + piece.length);
    damaged = next;
  }
  return damaged;
}

/** Reads every property of a head, so that all of them are computed. */
export function lookAt(head: PartHead): void {
  for (
    const key of [
      "headers",
      "name",
      "filename",
      "contentType",
      "mediaType",
      "charset",
      "contentLength",
      "contentId",
      "contentRange",
      "transferEncoding",
      "contentEncoding",
      "isFile",
      "isMultipart",
    ] as const
  ) void head[key];
}
