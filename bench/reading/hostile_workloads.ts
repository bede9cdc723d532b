/** Bodies that cost a naive search the most. */
import { randomBytes } from "../random.ts";
import {
  BOUNDARY,
  closeDelimiter,
  CRLF,
  cut,
  formPart,
  KIB,
  lengthOf,
  MIB,
  utf8,
} from "./body.ts";
import type { Made, ReadWorkload } from "./workload.ts";

/** Some peers would take minutes for the whole. This much shows it. */
const TRIAL_BYTES = 256 * KIB;

interface HostileBody {
  readonly name: string;
  readonly title: string;
  readonly boundary?: string;
  /** What the body repeats. Without it, random bytes. */
  readonly piece?: string;
}

const bodies: readonly HostileBody[] = [
  { name: "cr", title: "all CR", piece: "\r" },
  { name: "crlf", title: "all CRLF", piece: "\r\n" },
  { name: "dashes", title: "CRLF and two dashes", piece: "\r\n--" },
  {
    name: "almost",
    title: "delimiters but for their last byte",
    piece: `\r\n--${BOUNDARY.slice(0, -1)}`,
  },
  {
    name: "tails",
    title: "delimiters but for their first byte",
    piece: `\n--${BOUNDARY}`,
  },
  {
    name: "short-boundary",
    title: "random bytes, a boundary of one character",
    boundary: "X",
  },
];

/** A form with one file. */
function fileOf({ boundary = BOUNDARY, piece }: HostileBody, bytes: number) {
  const block = piece === undefined
    ? randomBytes(MIB)
    : utf8(piece.repeat(Math.ceil(64 * KIB / piece.length)));
  const blocks: Uint8Array<ArrayBuffer>[] = [];
  for (let left = bytes; left > 0; left -= block.length) {
    blocks.push(block.subarray(0, left));
  }
  const chunks = cut([
    formPart("file", "hostile.bin", boundary),
    ...blocks,
    CRLF,
    closeDelimiter(boundary),
  ]);
  return {
    boundary,
    contentType: `multipart/form-data; boundary=${boundary}`,
    chunks,
    reading: "size" as const,
  };
}

function make(body: HostileBody, bytes: number): Made {
  const upload = fileOf(body, bytes);
  return {
    upload,
    expected: [{ name: "file", size: bytes }],
    bytes: lengthOf(upload.chunks),
    plain: fileOf({ name: "random", title: "random bytes" }, bytes),
    trial: {
      upload: fileOf(body, TRIAL_BYTES),
      expected: [{ name: "file", size: TRIAL_BYTES }],
      bytes: TRIAL_BYTES,
    },
  };
}

export const hostileWorkloads: readonly ReadWorkload[] = bodies.map((body) => ({
  name: `hostile-${body.name}`,
  title: (isQuick) => `Hostile: ${isQuick ? 4 : 16} MiB, ${body.title}`,
  unit: "bytes",
  make: (isQuick) => make(body, (isQuick ? 4 : 16) * MIB),
}));
