import { fieldPart, type Form } from "./form.ts";
import { serverLimits } from "./upload_service.ts";

/**
 * A way for a form to be malformed, and the response that a server must give.
 */
export interface Defect {
  readonly name: string;
  readonly status: number;
  readonly code: string;
  /**
   * Makes the form malformed. If the position matters, from its part `at` on.
   */
  spoil(form: Form, at: number): void;
}

const KIB = 1024;

export const defects: readonly [Defect, ...Defect[]] = [
  {
    name: "a delimiter that goes on",
    status: 400,
    code: "invalid-delimiter",
    spoil({ parts }, at) {
      const content = "\r\n------tributary-soak-and-more\r\n";
      parts.splice(at, 0, fieldPart("bad", content));
    },
  },
  {
    name: "a header field too large",
    status: 431,
    code: "header-too-large",
    spoil: ({ parts }, at) => addHead(parts, at, `X: ${"x".repeat(17 * KIB)}`),
  },
  {
    name: "too many header fields",
    status: 431,
    code: "header-too-large",
    spoil: ({ parts }, at) =>
      addHead(parts, at, Array(64).fill("X: x").join("\r\n")),
  },
  {
    name: "a name too long",
    status: 431,
    code: "header-too-large",
    spoil({ parts }, at) {
      parts.splice(at, 0, fieldPart("n".repeat(100 * KIB), ""));
    },
  },
  {
    name: "a NUL in a header field",
    status: 400,
    code: "invalid-header",
    spoil: ({ parts }, at) => addHead(parts, at, "X: \0"),
  },
  {
    name: "a part without a name",
    status: 400,
    code: "invalid-disposition",
    spoil({ parts }, at) {
      const { content } = fieldPart("", "nameless");
      parts.splice(at, 0, { head: "Content-Type: text/plain", content });
    },
  },
  {
    name: "a field too large",
    status: 413,
    code: "part-too-large",
    spoil({ parts }, at) {
      const content = "x".repeat(serverLimits.bufferedBytes + 1);
      parts.splice(at, 0, fieldPart("bad", content));
    },
  },
  {
    name: "too many parts",
    status: 413,
    code: "too-many-parts",
    spoil({ parts }) {
      for (let count = 0; count < serverLimits.parts; count++) {
        parts.push(fieldPart(`field${count}`, "one of many"));
      }
    },
  },
  {
    name: "no close delimiter",
    status: 400,
    code: "truncated",
    spoil(form) {
      form.end = "";
    },
  },
  {
    name: "another boundary",
    status: 400,
    code: "invalid-preamble",
    spoil(form) {
      form.contentType = "multipart/form-data; boundary=another";
    },
  },
  {
    name: "no boundary",
    status: 400,
    code: "invalid-boundary",
    spoil(form) {
      form.contentType = "multipart/form-data";
    },
  },
  {
    name: "no multipart",
    status: 415,
    code: "unsupported-media-type",
    spoil(form) {
      form.contentType = "application/octet-stream";
    },
  },
];

function addHead(parts: Form["parts"], at: number, lines: string): void {
  const { head, content } = fieldPart("bad", "");
  parts.splice(at, 0, { head: `${head}\r\n${lines}`, content });
}
