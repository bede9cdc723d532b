import { assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartParser, type MultipartProfile } from "@tributary/multipart";
import { utf8 } from "../bytes.ts";
import {
  assertGrowth,
  CHUNK_BYTES,
  codeOf,
  inTurn,
  KiB,
  MiB,
  repeated,
  repeatedWhole,
} from "./hostile.ts";

const BOUNDARY = "b".repeat(70);

/** The delimiter starts with a line break and two dashes. */
const DELIMITER_BYTES = 2 + 2 + BOUNDARY.length;

interface Attack {
  name: string;
  piece: string;
  profile?: MultipartProfile;
}

/**
 * Input that a search may mistake for the start of a delimiter again and again.
 */
const attacks: Attack[] = [
  { name: "CR alone", piece: "\r" },
  { name: "neither CR nor LF", piece: "x" },
  { name: "CRLF", piece: "\r\n" },
  { name: "CRLF and two dashes", piece: "\r\n--" },
  { name: "dashes", piece: "-" },
  { name: "the boundary alone", piece: BOUNDARY },
  { name: "nearly a delimiter", piece: `\r\n--${BOUNDARY.slice(1)}` },
  { name: "nearly one, in its last byte", piece: `\r\n--${"b".repeat(69)}c` },
  { name: "the boundary's character", piece: "b" },
  { name: "LF, of cameras", piece: "\n", profile: "mixed-replace" },
  {
    name: "LF and dashes, of cameras",
    piece: "\n--",
    profile: "mixed-replace",
  },
  {
    name: "lines longer than a delimiter",
    piece: `\r\n--${BOUNDARY}x`,
    profile: "mime",
  },
  {
    name: "lines with padding, and something behind it",
    piece: `\r\n--${BOUNDARY}${" \t".repeat(200)}x`,
    profile: "mime",
  },
];

function parserOf({ profile = "form-data" }: Attack): MultipartParser {
  return new MultipartParser({
    boundary: BOUNDARY,
    profile,
    limits: { preambleBytes: Infinity },
  });
}

function opening({ profile = "form-data" }: Attack): string {
  const head = 'Content-Disposition: form-data; name="a"\r\n';
  return `--${BOUNDARY}\r\n${profile === "form-data" ? head : ""}\r\n`;
}

describe("T3 quadratic scan", () => {
  for (const attack of attacks) {
    it(`${attack.name}: its time grows with the body`, async () => {
      // One chunk, within which a search could start over again and again. The
      // next test shows that almost nothing is held between chunks.
      const whole = repeatedWhole(attack.piece, 16 * MiB);
      await assertGrowth((bytes, run) => {
        const at = run * bytes % whole.length;
        const piece = whole.subarray(at, at + bytes);
        const input = inTurn(opening(attack), [piece]);
        // A camera stream may end without a close delimiter.
        const camera = attack.profile === "mixed-replace";
        const code = codeOf(parserOf(attack), input);
        assertEquals(code, camera ? undefined : "truncated");
      }, { from: MiB });
    });

    it(`${attack.name}: no more than a delimiter is held back`, () => {
      // One byte more than a delimiter line with its padding can have.
      const most = DELIMITER_BYTES + 2 +
        (attack.piece.includes("\t") ? 400 : 0);
      for (const chunkBytes of [1, 7, 1000, CHUNK_BYTES]) {
        const bytes = Math.min(2 * MiB, 20_000 * chunkBytes);
        const parser = parserOf(attack);
        let pushed = 0;
        let given = 0;
        const input = function* (): Generator<Uint8Array> {
          yield utf8(opening(attack));
          for (const chunk of repeated(attack.piece, bytes, chunkBytes)) {
            assertLessOrEqual(pushed - given, most);
            pushed += chunk.length;
            yield chunk;
          }
        };
        codeOf(parser, input(), (event) => {
          if (event.type === "data") given += event.data.length;
        });
        assertEquals(pushed, bytes);
        assertLessOrEqual(pushed - given, most);
      }
    });
  }

  for (const { name, piece, profile } of attacks) {
    if (profile === undefined) continue;
    it(`${name}: nor does a preamble take longer`, async () => {
      const whole = repeatedWhole(`x${piece}`, 4 * MiB);
      await assertGrowth((bytes, run) => {
        const at = run * bytes % whole.length;
        const input = [whole.subarray(at, at + bytes)];
        codeOf(parserOf({ name, piece, profile }), input);
      }, { from: 256 * KiB });
    });
  }

  it("byte by byte, its time grows with the body", async () => {
    for (const attack of [attacks[0], attacks[7], attacks[12]]) {
      const bytes = repeatedWhole(attack.piece, 100_000);
      const chunks = Array.from(bytes, (byte) => Uint8Array.of(byte));
      await assertGrowth(
        (size) => {
          codeOf(
            parserOf(attack),
            inTurn(opening(attack), chunks.slice(0, size)),
          );
        },
        { from: 6_250 },
        attack.name,
      );
    }
  });
});
