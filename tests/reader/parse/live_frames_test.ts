import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  type MultipartReaderOptions,
} from "@tributary/multipart";
import { cuttings, streamOf, utf8 } from "../../bytes.ts";
import { isSettled } from "../probe.ts";

const contentType = "multipart/x-mixed-replace; boundary=f";

async function framesOf(
  chunks: Uint8Array[],
  options?: MultipartReaderOptions,
  type: string = contentType,
): Promise<unknown[]> {
  const frames: unknown[] = [];
  const reader = new MultipartReader(streamOf(chunks), {
    contentType: type,
    ...options,
  });
  try {
    for await (const part of reader) frames.push(await part.text());
  } catch (error) {
    assert(error instanceof MultipartError);
    frames.push(error.code);
  }
  return frames;
}

function frame(body: string, length: number | string = body.length): string {
  return `--f\r\nContent-Length: ${length}\r\n\r\n${body}\r\n`;
}

const cases: [string, string, unknown[], MultipartReaderOptions?][] = [
  [
    "a trusted frame may hold anything",
    frame("AAAA") + frame("\r\n--f\r\n--f--\r\n") + frame("CC") + "--f--",
    ["AAAA", "\r\n--f\r\n--f--\r\n", "CC"],
  ],
  [
    "a first length that is too short is scanned past",
    frame("AAAA", 2) + frame("B\r\n--fx", 99) + "--f--",
    ["AAAA", "B\r\n--fx"],
  ],
  [
    "a first length that is too long ends at the delimiter before it",
    frame("AAAA", 20) + frame("BBBB") + frame("CCCC") + "--f--",
    ["AAAA", "BBBB", "CCCC"],
  ],
  [
    "a first length that points far behind the end",
    frame("AAAA", 1_000_000) + frame("BBBB") + "--f--",
    ["AAAA", "BBBB"],
  ],
  [
    "a first length longer than may be held back",
    frame("AAAA", 1000) + frame("BBBB".repeat(60)) + "--f--",
    ["AAAA", "BBBB".repeat(60)],
    { limits: { bufferedBytes: 300 } },
  ],
  [
    "a length that counts the line break behind the frame",
    frame("AAAA", 6) + frame("BBBB", 6) + "--f--",
    ["AAAA\r\n", "BBBB\r\n"],
  ],
  [
    "a first length in the middle of its delimiter",
    frame("AAAA", 7) + frame("BBBB", 4) + "--f--",
    ["AAAA", "BBBB"],
  ],
  [
    "several delimiters before a right first length",
    frame("A\r\n--f\r\nB\r\n--f\r\nC") + frame("DD") + "--f--",
    ["A\r\n--f\r\nB\r\n--f\r\nC", "DD"],
  ],
  [
    "a later length that proves too short ends its frame, and no other",
    frame("AAAA") + frame("BBBB", 2) + frame("C\r\n--fx", 1) + "--f--",
    ["AAAA", "BB", "C\r\n--fx"],
  ],
  [
    "a later length that proves too long takes what it says, and no other does",
    frame("AAAA") + frame("BBBB", 34) + frame("CCCC") + frame("DDDD", 1) +
    "--f--",
    ["AAAA", `BBBB\r\n${frame("CCCC")}`.slice(0, 34), "DDDD"],
  ],
  [
    "frames of no bytes",
    frame("") + frame("") + frame("A") + "--f--",
    ["", "", "A"],
  ],
  [
    "frames without a length between those with one",
    frame("AAAA") + "--f\r\n\r\nB\r\n" + frame("C\r\n--f") + "--f--",
    ["AAAA", "B", "C\r\n--f"],
  ],
  [
    "an end behind a trusted frame",
    frame("AAAA") + frame("BBBB").trimEnd(),
    ["AAAA", "BBBB"],
  ],
  ["an end in a trusted frame", frame("AAAA") + frame("BB", 4).trimEnd(), [
    "AAAA",
    "truncated",
  ]],
  ["an end in a first frame", frame("AA", 5).trimEnd(), ["truncated"]],
  ["an end at a first length", frame("AAAA").trimEnd(), ["AAAA"]],
  ["an end in a delimiter", `${frame("AAAA")}--`, ["AAAA"]],
  ["an end in a head", `${frame("AAAA")}--f\r\nContent-Le`, ["AAAA"]],
  ["an end in a frame without a length", "--f\r\n\r\nAA\r\n--", ["AA\r\n--"]],
  ["an end in a delimiter's line", "--f\r\n\r\nAA\r\n--f", ["AA"]],
  ["an end before the first frame", "--", ["truncated"]],
  ["lines of LF", frame("AAAA").replaceAll("\r", "") + "--f\n\nB\n--f--", [
    "AAAA",
    "B",
  ]],
  [
    "a longer line in which the stated end lies",
    `--f\r\nContent-Length: 7\r\n\r\nab\r\n--f${" ".repeat(9)}xcd\r\n--f--`,
    [`ab\r\n--f${" ".repeat(9)}xcd`],
  ],
  [
    "an empty frame with a wrong length",
    "--f\r\nContent-Length: 5\r\n\r\n--f\r\n\r\nxxx\r\n--f--",
    ["", "xxx"],
  ],
  [
    "a length that cannot be weighed for want of room",
    frame("hello", 2) + frame("xxx", 2) + "--f--",
    ["hello", "xxx"],
    { limits: { bufferedBytes: 5 } },
  ],
  [
    "a longer line at the stated length",
    frame("AA\r\n--f-x", 2) + frame("BB\r\n--f junk", 2) + "--f--",
    ["AA\r\n--f-x", "BB\r\n--f junk"],
  ],
  [
    "a delimiter with padding at the stated length",
    `${frame("AA\r\n--f\r\nA").slice(0, -2)}\r\n--f \t \r\n\r\nB\r\n--f--`,
    ["AA\r\n--f\r\nA", "B"],
  ],
  [
    "a bare LF at the stated length, where lines end in CR LF",
    frame("AA\n--f\r\nBB", 2) + "--f--",
    ["AA\n--f\r\nBB"],
    { lineEndings: "crlf" },
  ],
  [
    "junk behind a trusted frame, which counts as the frame's",
    `${frame("AA")}${frame("BB")}${"\n".repeat(50)}--f--`,
    ["AA", "BB", "part-too-large"],
    { limits: { partBytes: 20 } },
  ],
  [
    "a limit on a frame",
    frame("AAAA") + frame("BBBBB") + "--f--",
    ["AAAA", "part-too-large"],
    { limits: { partBytes: 4 } },
  ],
];

describe("a camera's Content-Length", () => {
  for (const [name, body, frames, options] of cases) {
    it(`${name}`, async () => {
      for (const { label, chunks } of cuttings(utf8(body))) {
        assertEquals(await framesOf(chunks, options), frames, label);
      }
    });
  }

  it("lets a frame be read when its last byte is there", async () => {
    let controller: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      start(given) {
        controller = given;
      },
    });
    const send = (text: string): void => controller.enqueue(utf8(text));
    const reader = new MultipartReader(stream, { contentType });

    // The first frame waits for its delimiter, which confirms its length.
    send("--f\r\nContent-Length: 4\r\n\r\nAAAA");
    const first = (await reader.next()).value?.bytes() ?? Promise.reject();
    assertEquals(await isSettled(first), false);
    send("\r\n--f\r\n");
    assertEquals(await first, utf8("AAAA"));

    for (const body of ["BBBB", "CC", "DDDDDD"]) {
      send(`Content-Length: ${body.length}\r\n\r\n${body.slice(0, -1)}`);
      const part = (await reader.next()).value;
      const bytes = part?.bytes() ?? Promise.reject();
      assertEquals(await isSettled(bytes), false);
      send(body.slice(-1));
      assertEquals(await isSettled(bytes), true);
      assertEquals(await bytes, utf8(body));
      send("\r\n--f\r\n");
    }
    await reader.cancel();
  });

  it("needs no length: frames then end with their delimiters", async () => {
    const body = "--f\r\n\r\nAAAA\r\n--f\r\n\r\nBBBB\r\n--f--";
    assertEquals(await framesOf([utf8(body)]), ["AAAA", "BBBB"]);
  });

  it("does not delay a frame that blank lines follow", async () => {
    let controller: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      start(given) {
        controller = given;
      },
    });
    const reader = new MultipartReader(stream, { contentType });
    const push = (body: string, lineBreaks: string): void =>
      controller.enqueue(
        utf8(
          `--f\r\nContent-Length: ${body.length}\r\n\r\n${body}${lineBreaks}`,
        ),
      );

    // The first frame waits for its delimiter, which confirms its length.
    push("Heartbeat", "\r\n");
    const first = (await reader.next()).value?.text() ?? Promise.reject();
    assertEquals(await isSettled(first), false);

    push("Start", "\r\n");
    assertEquals(await first, "Heartbeat");
    const pushes: [body: string, lineBreaks: string][] = [
      ["Start", "\r\n\r\n"],
      ["Heartbeat", "\r\n"],
      ["Start", "\n\n\n"],
      ["", "\r\n\r\n"],
      ["Heartbeat", ""],
      ["Stop", "\r\n"],
    ];
    const second = (await reader.next()).value?.text() ?? Promise.reject();
    assertEquals(await isSettled(second), true);
    assertEquals(await second, "Start");
    for (const [body, lineBreaks] of pushes) {
      push(body, lineBreaks);
      const part = reader.next();
      assertEquals(await isSettled(part), true, body);
      const text = (await part).value?.text() ?? Promise.reject();
      assertEquals(await isSettled(text), true, body);
      assertEquals(await text, body);
    }
    await reader.cancel();
  });

  it("is ignored in other multiparts", async () => {
    const body = frame("AAAA", 3) + frame("BBBB", 9) + "--f--";
    for (const subtype of ["mixed", "related"]) {
      const reader = new MultipartReader(utf8(body), {
        contentType: `multipart/${subtype}; boundary=f`,
      });
      const texts: string[] = [];
      for await (const part of reader) texts.push(await part.text());
      assertEquals(texts, ["AAAA", "BBBB"]);
    }
  });
});

describe("a camera's stream without its first delimiter", () => {
  const large = "\xff\xd8".repeat(50_000);

  it("is read from its first frame", async () => {
    for (const length of ["", `Content-Length: ${utf8(large).length}\r\n`]) {
      const bytes = utf8(
        `Content-Type: image/jpeg\r\n${length}\r\n${large}\r\n` +
          `${frame("BBBB")}--f--`,
      );
      for (const size of [bytes.length, 1000, 7]) {
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) {
          chunks.push(bytes.subarray(at, at + size));
        }
        assertEquals(await framesOf(chunks), [large, "BBBB"]);
      }
    }
  });

  it("is read from its second frame where the delimiter's spelling is not known", async () => {
    const bytes = utf8(
      `Content-Type: image/jpeg\r\n\r\n${large}\r\n${frame("BBBB")}--f--`,
    );
    const frames = await framesOf(
      [bytes],
      {},
      `${contentType.slice(0, -1)}--f`,
    );
    assertEquals(frames, ["BBBB"]);
  });
});
