/** Usual forms: files and fields, few and many. */
import { randomBytes } from "../random.ts";
import {
  BOUNDARY,
  closeDelimiter,
  concat,
  CRLF,
  cut,
  formPart,
  KIB,
  lengthOf,
  MIB,
  randomChunks,
  utf8,
} from "./body.ts";
import type { Expected, Reading } from "./upload.ts";
import type { Made, ReadWorkload } from "./workload.ts";

function formOf(
  chunks: Uint8Array<ArrayBuffer>[],
  reading: Reading,
  expected: readonly Expected[],
): Made {
  return {
    upload: {
      boundary: BOUNDARY,
      contentType: `multipart/form-data; boundary=${BOUNDARY}`,
      chunks,
      reading,
    },
    expected,
    bytes: lengthOf(chunks),
  };
}

function largeFile(bytes: number): Made {
  const chunks = [
    formPart("file", "large.bin"),
    ...randomChunks(bytes),
    CRLF,
    closeDelimiter(),
  ];
  return formOf(chunks, "size", [{ name: "file", size: bytes }]);
}

function smallChunks(bytes: number): Made {
  const pieces = [
    formPart("file", "large.bin"),
    ...randomChunks(bytes),
    CRLF,
    closeDelimiter(),
  ];
  return formOf(cut(pieces, KIB), "size", [{ name: "file", size: bytes }]);
}

/**
 * Files in which each head is in the same chunk as the end of the previous
 * file.
 */
function largeFiles(count: number, bytes: number): Made {
  const content = [...randomChunks(bytes)];
  const last = content.pop() ?? new Uint8Array(0);
  const expected = Array.from(
    { length: count },
    (_, index) => ({ name: `file${index}`, size: bytes }),
  );
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let end: Uint8Array = new Uint8Array(0);
  for (const { name } of expected) {
    chunks.push(concat([end, formPart(name, `${name}.bin`)]), ...content);
    end = concat([last, CRLF]);
  }
  chunks.push(concat([end, closeDelimiter()]));
  return formOf(chunks, "size", expected);
}

function smallFiles(count: number, bytes: number): Made {
  const content = randomBytes(bytes);
  const expected = Array.from(
    { length: count },
    (_, index) => ({ name: `file${index}`, size: bytes }),
  );
  const pieces = expected.flatMap(({ name }) => [
    formPart(name, `${name}.bin`),
    content,
    CRLF,
  ]);
  return formOf(cut([...pieces, closeDelimiter()]), "size", expected);
}

function fields(count: number): Made {
  const value = utf8("sixteen bytes ok");
  const expected = Array.from(
    { length: count },
    (_, index) => ({ name: `field${index}`, size: value.length }),
  );
  const pieces = expected.flatMap(({ name }) => [formPart(name), value, CRLF]);
  return formOf(cut([...pieces, closeDelimiter()]), "text", expected);
}

export const formWorkloads: readonly ReadWorkload[] = [
  {
    name: "large-file",
    title: (isQuick) => `One file of ${isQuick ? 64 : 256} MiB`,
    unit: "bytes",
    make: (isQuick) => largeFile((isQuick ? 64 : 256) * MIB),
  },
  {
    name: "small-chunks",
    title: (isQuick) =>
      `One file of ${isQuick ? 8 : 32} MiB in chunks of 1 KiB`,
    unit: "bytes",
    hasFloor: true,
    make: (isQuick) => smallChunks((isQuick ? 8 : 32) * MIB),
  },
  {
    name: "100-files",
    title: (isQuick) => `${isQuick ? 25 : 100} files of 1 MiB`,
    unit: "bytes",
    make: (isQuick) => largeFiles(isQuick ? 25 : 100, MIB),
  },
  {
    name: "20000-fields",
    title: () => "20,000 fields of 16 bytes",
    unit: "parts",
    make: () => fields(20_000),
  },
  {
    name: "5000-files",
    title: (isQuick) => `${isQuick ? "1,250" : "5,000"} files of 4 KiB`,
    unit: "parts",
    make: (isQuick) => smallFiles(isQuick ? 1_250 : 5_000, 4 * KIB),
  },
];
