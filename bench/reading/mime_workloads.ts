/** Encoded parts, nested multiparts, and a camera stream. */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { randomBytes } from "../random.ts";
import {
  BOUNDARY,
  closeDelimiter,
  CRLF,
  cut,
  KIB,
  lengthOf,
  MIB,
  utf8,
} from "./body.ts";
import type { Expected, Upload } from "./upload.ts";
import type { Made, ReadWorkload } from "./workload.ts";

const LINE = "the quick brown fox jumps over the lazy dog, 0123456789";

/** Text that compresses about as well as real text. */
function textOf(bytes: number): string {
  const random = randomBytes(bytes / 32);
  const lines: string[] = [];
  for (let at = 0, length = 0; length < bytes; at++) {
    const line = `${LINE.slice(random[at % random.length] % 40)} ${at}\r\n`;
    lines.push(line);
    length += line.length;
  }
  return lines.join("").slice(0, bytes);
}

function encodedForm(
  header: string,
  body: Uint8Array,
  size: number,
): Made {
  const head =
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; ` +
    `filename="encoded.bin"\r\nContent-Type: application/octet-stream\r\n` +
    `${header}\r\n\r\n`;
  const chunks = cut([utf8(head), body, CRLF, closeDelimiter()]);
  return {
    upload: {
      boundary: BOUNDARY,
      contentType: `multipart/form-data; boundary=${BOUNDARY}`,
      chunks,
      reading: "decoded",
    },
    expected: [{ name: "file", size }],
    // The decoded size, since gzip makes text much smaller.
    bytes: size,
  };
}

function base64Form(size: number): Made {
  const text = Buffer.from(randomBytes(size)).toString("base64");
  const lines = text.replace(/.{76}(?=.)/g, "$&\r\n");
  return encodedForm(
    "Content-Transfer-Encoding: base64",
    utf8(lines),
    size,
  );
}

function gzipForm(size: number): Made {
  return encodedForm(
    "Content-Encoding: gzip",
    gzipSync(textOf(size)),
    size,
  );
}

/**
 * One word in ten has an encoded character, about as in text in a Latin script.
 */
function quotedPrintableForm(size: number): Made {
  const text = textOf(size);
  return encodedForm(
    "Content-Transfer-Encoding: quoted-printable",
    // The letter has two bytes, so the size stays the same.
    utf8(text.replaceAll("fox", "f=C3=B8")),
    size,
  );
}

const BRANCHES = 4;

/** A multipart of multiparts. The innermost have files. */
function* nest(
  depth: number,
  path: string,
  content: Uint8Array,
): Generator<Uint8Array> {
  const boundary = `level-${depth}-${BOUNDARY.slice(4)}`;
  for (let branch = 0; branch < BRANCHES; branch++) {
    const name = `${path}${branch}`;
    const type = depth === 1
      ? "application/octet-stream"
      : `multipart/mixed; boundary=level-${depth - 1}-${BOUNDARY.slice(4)}`;
    yield utf8(
      `--${boundary}\r\nContent-Disposition: attachment; name="${name}"\r\n` +
        `Content-Type: ${type}\r\n\r\n`,
    );
    if (depth === 1) yield content;
    else yield* nest(depth - 1, name, content);
    yield CRLF;
  }
  yield closeDelimiter(boundary);
}

function nestedMixed(depth: number, bytes: number): Made {
  const chunks = cut(nest(depth, "leaf", randomBytes(bytes)));
  const expected = Array.from(
    { length: BRANCHES ** depth },
    (_, index): Expected => ({
      name: `leaf${index.toString(BRANCHES).padStart(depth, "0")}`,
      size: bytes,
    }),
  );
  const boundary = `level-${depth}-${BOUNDARY.slice(4)}`;
  const upload: Upload = {
    boundary,
    contentType: `multipart/mixed; boundary=${boundary}`,
    chunks,
    reading: "nested",
  };
  return { upload, expected, bytes: lengthOf(chunks) };
}

function camera(count: number, bytes: number): Made {
  const boundary = "frame";
  const head = utf8(
    `--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes}\r\n\r\n`,
  );
  const content = randomBytes(bytes);
  const pieces = Array.from(
    { length: count },
    () => [head, content, CRLF],
  ).flat();
  const chunks = cut([...pieces, closeDelimiter(boundary)]);
  return {
    upload: {
      boundary,
      contentType: `multipart/x-mixed-replace; boundary=${boundary}`,
      chunks,
      reading: "size",
    },
    expected: Array.from({ length: count }, () => ({ name: "", size: bytes })),
    bytes: lengthOf(chunks),
  };
}

export const mimeWorkloads: readonly ReadWorkload[] = [
  {
    name: "base64",
    title: (isQuick) => `A base64 part of ${isQuick ? 4 : 16} MiB`,
    unit: "bytes",
    make: (isQuick) => base64Form((isQuick ? 4 : 16) * MIB),
  },
  {
    name: "quoted-printable",
    title: (isQuick) => `A quoted-printable part of ${isQuick ? 4 : 16} MiB`,
    unit: "bytes",
    make: (isQuick) => quotedPrintableForm((isQuick ? 4 : 16) * MIB),
  },
  {
    name: "gzip",
    title: (isQuick) => `A gzip part of ${isQuick ? 4 : 16} MiB of text`,
    unit: "bytes",
    make: (isQuick) => gzipForm((isQuick ? 4 : 16) * MIB),
  },
  {
    name: "nested",
    title: (isQuick) =>
      `64 files of ${isQuick ? 64 : 256} KiB, nested three deep`,
    unit: "bytes",
    make: (isQuick) => nestedMixed(3, (isQuick ? 64 : 256) * KIB),
  },
  {
    name: "mixed-replace",
    title: (isQuick) =>
      `${isQuick ? 160 : 640} frames of 100 KiB (x-mixed-replace)`,
    unit: "bytes",
    make: (isQuick) => camera(isQuick ? 160 : 640, 100 * KIB),
  },
];
