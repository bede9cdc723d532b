import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartParser } from "@tributary/multipart";
import { latin1, utf8 } from "../../bytes.ts";

/** Long enough for every search method. */
const LONG = 4096;

const BOUNDARY = "----boundary-Aa0123456789-a";

/** The bodies of the parts, as text. */
function bodiesOf(
  chunks: readonly Uint8Array[],
  boundary: string,
): string[] {
  const parser = new MultipartParser({ boundary });
  const left = [...chunks];
  const bodies: string[] = [];
  let body = "";
  for (;;) {
    const event = parser.next();
    if (event.type === "end") return bodies;
    if (event.type === "data") body += new TextDecoder().decode(event.data);
    if (event.type === "part") body = "";
    if (event.type === "part-end") bodies.push(body);
    if (event.type !== "need-data") continue;
    const chunk = left.shift();
    if (chunk === undefined) parser.end();
    else parser.push(chunk);
  }
}

function multipart(bodies: readonly string[], boundary: string): Uint8Array {
  const parts = bodies.map((body) => `--${boundary}\r\n\r\n${body}\r\n`);
  return utf8(`${parts.join("")}--${boundary}--`);
}

/** Repeats `piece` up to `length` characters. */
function repeated(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

/** Each filling hinders another search method. */
const fillings = [
  "x",
  "\r",
  "\r\n",
  "\r\n--",
  "-",
  "a",
  `\n--${BOUNDARY}`,
  `\r\n--${BOUNDARY.slice(0, -1)}`,
  `\r\n-${BOUNDARY}`,
  BOUNDARY,
];

describe("a delimiter in a long chunk", () => {
  for (const filling of fillings) {
    it(`is found wherever it stands, among ${JSON.stringify(filling)}`, () => {
      for (let before = 0; before < LONG; before += 31) {
        const bodies = [
          repeated(filling, before),
          repeated(filling, LONG - before),
        ];
        assertEquals(
          bodiesOf([multipart(bodies, BOUNDARY)], BOUNDARY),
          bodies,
        );
      }
    });
  }

  it("is found in a chunk of 64 KiB, at every distance and alignment", () => {
    const whole = 64 * 1024;
    for (const filling of ["\x00", ...fillings]) {
      for (let step = 0; step < 48; step++) {
        const before = (step * 1361) % whole;
        const bodies = [
          repeated(filling, before),
          repeated(filling, whole - before),
          "last",
        ];
        const bytes = multipart(bodies, BOUNDARY);
        const shifted = new Uint8Array(bytes.length + 3);
        const offset = step % 4;
        shifted.set(bytes, offset);
        const chunk = shifted.subarray(offset, offset + bytes.length);
        assertEquals(bodiesOf([chunk], BOUNDARY), bodies, `at ${before}`);
      }
    }
  });

  it("is found by every part of it that a search may look at", () => {
    // Moves the delimiter by one byte each time, so that each look of the
    // search meets each byte.
    for (let before = 20_000; before < 20_400; before++) {
      const bodies = [repeated("\x00", before), repeated("\x00", 20_000)];
      assertEquals(bodiesOf([multipart(bodies, BOUNDARY)], BOUNDARY), bodies);
    }
  });

  it("is found behind chunks that are much like it", () => {
    const decoy = latin1(repeated(`\n--${BOUNDARY}`, 32 * 1024));
    const bodies = [repeated("x", 40_000), "last"];
    for (const decoys of [0, 1, 2, 16, 17, 18]) {
      const chunks = [
        latin1(`--${BOUNDARY}\r\n\r\n`),
        ...Array.from({ length: decoys }, () => decoy),
        multipart(bodies, BOUNDARY).subarray(`--${BOUNDARY}\r\n\r\n`.length),
      ];
      const found = bodiesOf(chunks, BOUNDARY);
      assertEquals(found[0].length, decoys * decoy.length + bodies[0].length);
      assertEquals(found.slice(1), ["last"]);
    }
  });

  it("is the first of several", () => {
    const lengths = [LONG / 2, 3, 900, 0, LONG, 1, 1000, 255, 256, 257, 513];
    for (let turn = 0; turn < lengths.length; turn++) {
      const bodies = lengths.map((length) => repeated("\r\n--y", length));
      assertEquals(bodiesOf([multipart(bodies, BOUNDARY)], BOUNDARY), bodies);
      lengths.push(lengths.shift() ?? 0);
    }
  });

  it("is found with a boundary of one character, and with one of 70", () => {
    for (const boundary of ["-", "x", "a".repeat(16), "a".repeat(70)]) {
      for (const length of [0, 1, 300, LONG - 1, LONG, LONG + 1, 5 * LONG]) {
        const bodies = [repeated("x-a\r\n", length), "last"];
        assertEquals(
          bodiesOf([multipart(bodies, boundary)], boundary),
          bodies,
        );
      }
    }
  });

  it("is found where the chunk ends in the middle of it", () => {
    const bodies = [repeated("\r\n--z", LONG), "last"];
    const bytes = multipart(bodies, BOUNDARY);
    const end = bytes.length - 2 * BOUNDARY.length - 30;
    for (let at = LONG; at < end + 2 * BOUNDARY.length; at++) {
      const chunks = [bytes.subarray(0, at), bytes.subarray(at)];
      assertEquals(bodiesOf(chunks, BOUNDARY), bodies, `cut at ${at}`);
    }
  });
});

describe("a chunk without a delimiter", () => {
  it("comes out as it went in, and is not copied", () => {
    const parser = new MultipartParser({ boundary: BOUNDARY });
    parser.push(latin1(`--${BOUNDARY}\r\n\r\n`));
    assertEquals(parser.next().type, "part");
    assertEquals(parser.next().type, "need-data");
    const chunk = latin1(repeated("data", LONG));
    parser.push(chunk);
    const event = parser.next();
    assertEquals(event.type === "data" && event.data.buffer, chunk.buffer);
    assertEquals(event.type === "data" && event.data.length, LONG);
  });
});
