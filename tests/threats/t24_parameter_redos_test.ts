import { assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartParser,
  type MultipartProfile,
  MultipartReader,
} from "@tributary/multipart";
import { fieldHead, latin1 } from "../bytes.ts";
import { lookAt } from "./corpus.ts";
import { assertGrowth, codeOf, GROWTH_TIMES, KiB } from "./hostile.ts";

/** The default limit of a head. */
const MOST = 16 * KiB;

const GROWTH = { from: MOST / GROWTH_TIMES };

/**
 * Input that a matcher could try in many ways, and lists that it could search
 * again for each member.
 */
const pieces: Record<string, (at: number) => string> = {
  "backslashes": () => "\\",
  "escaped quotes": () => '\\"',
  "quotes": () => '"',
  "quotes that may open": () => ';a="',
  "quotes that may open behind a backslash": () => ';a="\\',
  "comments": () => "(a)",
  "comments that open": () => "(",
  "comments that open in values": () => ";a=b(",
  "comments of backslashes": () => "(\\",
  "spaces": () => " ",
  "spaces around an equals sign": () => "; a = ",
  "semicolons": () => ";",
  "equals signs": () => "=",
  "names without values": () => ";a",
  "values of one name": () => ";a=b",
  "values of many names": (at) => `;a${at}=b`,
  "extended values": () => ";filename*=utf-8''%41",
  "extended values of many names": (at) => `;a${at}*=utf-8''%41`,
  "extended values that cannot be read": () => ";filename*=utf-8''%4",
  "apostrophes": () => ";filename*='",
  "sections": (at) => `;filename*${at}=a`,
  "sections that are extended": (at) => `;filename*${at}*=%41`,
  "sections from the last to the first": (at) => `;filename*${9999 - at}=a`,
  "sections of many names": (at) => `;a${at}*0=b;a${at}*1=c`,
  "sections with long numbers": (at) => `;filename*${at}${"0".repeat(99)}=a`,
};

/** The text before the parameters, and the profile that reads them. */
const places: Record<string, [before: string, profile: MultipartProfile]> = {
  "a form's Content-Disposition": [fieldHead("a"), "form-data"],
  "a form's Content-Disposition, in a name": [
    'Content-Disposition: form-data; name="a',
    "form-data",
  ],
  "a form's Content-Type": [
    `${fieldHead("a")}\r\nContent-Type: a/b`,
    "form-data",
  ],
  "another Content-Disposition": ["Content-Disposition: attachment", "mime"],
  "another Content-Type": ["Content-Type: a/b", "mime"],
};

/** This many bytes of pieces. */
function repeated(piece: (at: number) => string, bytes: number): string {
  let text = "";
  for (let at = 0; text.length < bytes; at++) text += piece(at);
  return text.slice(0, bytes);
}

function readHead(head: Uint8Array, profile: MultipartProfile): void {
  const parser = new MultipartParser({ boundary: "b", profile });
  codeOf(parser, [head], (event) => {
    if (event.type === "part") lookAt(event.head);
  });
}

describe("T24 parameter ReDoS", () => {
  for (const [place, [before, profile]] of Object.entries(places)) {
    for (const [name, piece] of Object.entries(pieces)) {
      it(`${place}, ${name}: time grows as the input does`, async () => {
        const heads = new Map([GROWTH.from, MOST].map((size) => {
          const text = repeated(piece, size - before.length - 16);
          return [size, latin1(`--b\r\n${before}${text}\r\n\r\n1\r\n--b--`)];
        }));
        await assertGrowth(
          (size) => readHead(heads.get(size) ?? latin1(""), profile),
          GROWTH,
        );
      });
    }
  }

  for (const subtype of ["form-data", "mixed", "x-mixed-replace"]) {
    it(`the Content-Type of a ${subtype}: time grows as the input does`, async () => {
      for (const [name, piece] of Object.entries(pieces)) {
        const types = new Map([GROWTH.from, MOST].map((size) => [
          size,
          `multipart/${subtype}${repeated(piece, size)}`,
        ]));
        await assertGrowth(
          (size) => openReader(types.get(size) ?? ""),
          GROWTH,
          name,
        );
      }
    });
  }

  it("an error quotes little of them", () => {
    for (const piece of Object.values(pieces)) {
      const error = openReader(`text/plain${repeated(piece, MOST)}`);
      assertLessOrEqual(error?.message.length ?? Infinity, 256);
    }
  });
});

/** Opens a reader, and returns the error if there is one. */
function openReader(contentType: string): MultipartError | undefined {
  try {
    new MultipartReader([], { contentType });
    return undefined;
  } catch (error) {
    if (error instanceof MultipartError) return error;
    throw error;
  }
}
