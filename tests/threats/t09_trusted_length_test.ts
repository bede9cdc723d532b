import { assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { fieldHead, streamOf, utf8 } from "../bytes.ts";
import { probe } from "../reader/probe.ts";
import {
  CHUNK_BYTES,
  errorOf,
  FORM,
  inTurn,
  MiB,
  MIXED,
  repeated,
} from "./hostile.ts";

/** Lengths that a peer may state. None is true. */
const lengths = [
  undefined,
  "0",
  "1",
  "-1",
  "+5",
  "1_0",
  "0x10",
  "1e9",
  "5.0",
  " 5",
  "5 5",
  "5, 5",
  "",
  "NaN",
  "Infinity",
  "\u0665",
  "999999999999999",
  "9007199254740993",
  "99999999999999999999999",
];

/** Matches those that are numbers. */
const stated = /^\s*[0-9]{1,15}$/;

function lengthField(value: string | undefined): string {
  return value === undefined ? "" : `\r\nContent-Length: ${value}`;
}

describe("T9 trusted length", () => {
  it("in a form a part's length changes nothing", async () => {
    for (const value of lengths) {
      const body = utf8(
        `--b\r\n${fieldHead("a")}${
          lengthField(value)
        }\r\n\r\nhello\r\n--b\r\n` +
          `${fieldHead("b")}\r\n\r\n2\r\n--b--`,
      );
      const reader = new MultipartReader(body, { contentType: FORM });
      const form = await reader.formData();
      assertEquals([...form], [["a", "hello"], ["b", "2"]], value);
    }
  });

  it("a limit holds alike, whatever length was stated", async () => {
    for (const value of lengths) {
      for (const limit of ["partBytes", "bufferedBytes", "totalBytes"]) {
        const source = probe(
          inTurn(
            `--b\r\n${fieldHead("a")}${lengthField(value)}\r\n\r\n`,
            repeated("x", Infinity),
          ),
        );
        const reader = new MultipartReader(source.stream, {
          contentType: FORM,
          limits: { [limit]: MiB },
        });
        const error = await errorOf(() => reader.formData());
        assertEquals(error.status, 413);
        assertLessOrEqual(source.pulls, 1 + MiB / CHUNK_BYTES + 1, value);
      }
    }
  });

  it("elsewhere a length is a claim that changes nothing", async () => {
    for (const value of lengths) {
      const body = `--b${lengthField(value)}\r\n\r\nhello\r\n--b--`;
      const reader = new MultipartReader(utf8(body), { contentType: MIXED });
      const { value: part } = await reader.next();
      const number = stated.test(value ?? "") ? Number(value) : undefined;
      assertEquals(part?.contentLength, number, value);
      assertEquals(await part?.text(), "hello", value);
    }
  });

  it("two lengths are none", async () => {
    const reader = new MultipartReader(
      utf8(
        "--b\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345\r\n--b--",
      ),
      { contentType: MIXED },
    );
    const { value: part } = await reader.next();
    assertEquals(part?.contentLength, undefined);
    assertEquals(await part?.text(), "12345");
  });

  it("the message's length is not looked at", async () => {
    const body = utf8(`--b\r\n${fieldHead("a")}\r\n\r\nhello\r\n--b--`);
    for (const value of lengths) {
      const headers = { "content-type": FORM, "content-length": value ?? "" };
      const message = { headers, body: streamOf([body]) };
      const form = await MultipartReader.from(message).formData();
      assertEquals([...form], [["a", "hello"]]);
    }
  });

  it("a camera's length has nothing allocated, and nothing waited for", async () => {
    for (const value of lengths) {
      const reader = new MultipartReader(
        streamOf([
          utf8(`--b${lengthField(value)}\r\n\r\nframe\r\n--b\r\n\r\nnext`),
        ]),
        { contentType: "multipart/x-mixed-replace; boundary=b" },
      );
      const frames: string[] = [];
      for await (const part of reader) frames.push(await part.text());
      assertEquals(frames, ["frame", "next"], value);
    }
  });

  it("a camera's length holds back no more than bufferedBytes", async () => {
    for (const value of ["5000000", "999999999999999"]) {
      const source = probe(
        inTurn(
          `--b\r\nContent-Length: ${value}\r\n\r\nx\r\n--b\r\n\r\n`,
          repeated("y", Infinity),
        ),
      );
      const reader = new MultipartReader(source.stream, {
        contentType: "multipart/x-mixed-replace; boundary=b",
        limits: { bufferedBytes: MiB },
      });
      const { value: part } = await reader.next();
      assertEquals(await part?.text(), "x");
      assertLessOrEqual(source.pulls, 1 + MiB / CHUNK_BYTES + 1);
      await reader.cancel();
    }
  });

  it("a camera's later length, once trusted, is bounded as any part", async () => {
    const source = probe(
      inTurn(
        "--b\r\nContent-Length: 1\r\n\r\nx\r\n--b\r\n",
        "Content-Length: 999999999999999\r\n\r\n",
        repeated("y", Infinity),
      ),
    );
    const reader = new MultipartReader(source.stream, {
      contentType: "multipart/x-mixed-replace; boundary=b",
      limits: { bufferedBytes: MiB },
    });
    const error = await errorOf(async () => {
      for await (const part of reader) await part.bytes();
    });
    assertEquals(error.code, "part-too-large");
    assertLessOrEqual(source.pulls, 2 + MiB / CHUNK_BYTES + 1);
  });
});
