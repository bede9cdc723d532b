/**
 * Checks that the decoders' time grows linearly with their input, for the input
 * that costs them most. Run it with `node`, `bun`, or `deno run`.
 *
 * Times do not belong in a test, so this is a script. It prints the times for
 * 32 and for 64 MiB and their ratio, and fails if that exceeds 2.3.
 */
import process from "node:process";
import { Base64Decoder } from "../wire/codec/base64.ts";
import { QuotedPrintableDecoder } from "../wire/codec/quoted_printable.ts";

const CHUNK_BYTES = 64 * 1024;
const MAX_RATIO = 2.3;

const inputs = [
  { name: "base64, spaces", piece: " ", make: () => new Base64Decoder() },
  ...["=\r\n", " "].map((piece) => ({
    name: `quoted-printable, ${JSON.stringify(piece)}`,
    piece,
    make: () => new QuotedPrintableDecoder(),
  })),
];

/** Returns the time of one run, in milliseconds. */
function time(
  { piece, make }: typeof inputs[number],
  mebibytes: number,
): number {
  const text = piece.repeat(Math.ceil(CHUNK_BYTES / piece.length));
  const chunk = new TextEncoder().encode(text.slice(0, CHUNK_BYTES));
  const decoder = make();
  const start = performance.now();
  for (let sent = 0; sent < mebibytes; sent += 1 / 16) decoder.decode(chunk);
  decoder.finish();
  return performance.now() - start;
}

for (const input of inputs) {
  time(input, 8);
  // They alternate, so that a change in the machine's speed affects both. The
  // shortest of five counts, since the others were disturbed.
  let [half, whole] = [Infinity, Infinity];
  for (let round = 0; round < 5; round++) {
    half = Math.min(half, time(input, 32));
    whole = Math.min(whole, time(input, 64));
  }
  const ratio = whole / half;
  const figures = `${half.toFixed(0)} ms, ${whole.toFixed(0)} ms`;
  console.log(`${input.name.padEnd(28)} ${figures}, ${ratio.toFixed(2)}`);
  if (ratio > MAX_RATIO) process.exitCode = 1;
}
