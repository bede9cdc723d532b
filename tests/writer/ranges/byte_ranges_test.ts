import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  byteRanges,
  type ByteRangesOptions,
  type ByteRangesSource,
  MultipartReader,
} from "@tributary/multipart";
import { blobType, bytewise, latin1, streamOf, utf8 } from "../../bytes.ts";
import { isSettled, probe, turns } from "../../reader/probe.ts";
import { type Random, seededRandom } from "../random.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const letters = new Blob([LETTERS], { type: "application/x-letters" });
const MODIFIED = Date.UTC(1994, 10, 6, 8, 49, 37);
const IMF_FIXDATE = "Sun, 06 Nov 1994 08:49:37 GMT";

function ask(headers: Record<string, string> = {}, method = "GET"): Request {
  return new Request("http://localhost/letters", { method, headers });
}

function fieldsOf(response: Response): Record<string, string> {
  return Object.fromEntries(response.headers);
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

/** Bytes in which neighbouring positions have different values. */
function numbered(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: size },
    (_, at) => (at * 7 + at / 251) % 256,
  );
}

/** A source that makes its bytes on demand and holds no others. */
function endless(start: number, end: number): Uint8Array {
  return new Uint8Array(end - start).fill(start % 256);
}

/** Reads the response: the status, and each range with its bytes. */
async function received(
  response: Response,
): Promise<{ status: number; ranges: string[]; bytes: Uint8Array[] }> {
  const { status } = response;
  const type = response.headers.get("content-type");
  if (!type?.startsWith("multipart/byteranges; boundary=")) {
    const range = response.headers.get("content-range");
    const ranges = range === null ? [] : [range];
    return { status, ranges, bytes: [await bytesOf(response)] };
  }
  assertEquals(response.headers.get("content-range"), null);
  const whole = await bytesOf(response);
  assertEquals(response.headers.get("content-length"), `${whole.length}`);
  const ranges: string[] = [];
  const bytes: Uint8Array[] = [];
  const reader = new MultipartReader(whole, { contentType: type });
  for await (const part of reader) {
    assert(part.contentRange);
    const { unit, start, end, size } = part.contentRange;
    ranges.push(`${unit} ${start}-${end}/${size}`);
    bytes.push(await part.bytes());
  }
  return { status, ranges, bytes };
}

describe("byteRanges()", () => {
  describe("answers without a range", () => {
    it("with all", async () => {
      const response = byteRanges(ask(), letters, {
        etag: '"v1"',
        lastModified: MODIFIED,
      });
      assertEquals(response.status, 200);
      assertEquals(fieldsOf(response), {
        "accept-ranges": "bytes",
        "content-length": "26",
        "content-type": "application/x-letters",
        "etag": '"v1"',
        "last-modified": IMF_FIXDATE,
      });
      assertEquals(await response.text(), LETTERS);
    });

    it("with nothing, of which there is no range", async () => {
      for (const range of ["", "bytes=0-", "bytes=-1", "bytes=5-9,-2"]) {
        for (const method of ["GET", "HEAD"]) {
          const response = byteRanges(ask({ range }, method), new Blob([]));
          assertEquals(response.status, 200);
          assertEquals(response.headers.get("content-length"), "0");
          assertEquals(response.headers.get("content-range"), null);
          assertEquals(await response.text(), "");
        }
      }
    });

    it("with the type that is known", () => {
      const cases: [ByteRangesSource, ByteRangesOptions, string][] = [
        [letters, {}, "application/x-letters"],
        [letters, { type: "text/x-other" }, "text/x-other"],
        [new Blob(["a"]), {}, "application/octet-stream"],
        [new Blob(["a"], { type: "text/plain" }), {}, blobType("text/plain")],
        [endless, { size: 1 }, "application/octet-stream"],
        [endless, { size: 1, type: "video/mp4" }, "video/mp4"],
      ];
      for (const [source, options, type] of cases) {
        const { headers } = byteRanges(ask(), source, options);
        assertEquals(headers.get("content-type"), type);
      }
    });

    it("from bytes, a stream, or a promise of them", async () => {
      const all = utf8(LETTERS);
      const sources: ByteRangesSource[] = [
        (start, end) => all.subarray(start, end),
        (start, end) => streamOf([all.subarray(start, end)]),
        (start, end) => Promise.resolve(all.subarray(start, end)),
        (start, end) => Promise.resolve(streamOf([all.subarray(start, end)])),
        (start, end) => streamOf(bytewise(all.subarray(start, end))),
        (start, end) =>
          streamOf([utf8(""), all.subarray(start, end), utf8("")]),
      ];
      for (const source of sources) {
        const get = (range: string) =>
          received(byteRanges(ask({ range }), source, { size: 26 }));
        assertEquals((await get("")).bytes, [all]);
        assertEquals((await get("bytes=3-5")).bytes, [utf8("def")]);
        assertEquals((await get("bytes=-1,3-5")).bytes, [
          utf8("z"),
          utf8("def"),
        ]);
      }
    });
  });

  describe("to HEAD", () => {
    it("has the fields of GET, and no body", () => {
      const validators = { etag: '"v1"', lastModified: MODIFIED };
      const conditions: Record<string, string>[] = [
        {},
        { "if-none-match": '"v1"' },
        { "if-match": '"v2"' },
        { "if-modified-since": IMF_FIXDATE },
      ];
      const seen = new Set<number>();
      for (const headers of conditions) {
        const get = byteRanges(ask(headers), letters, validators);
        const head = byteRanges(ask(headers, "HEAD"), letters, validators);
        assertEquals(head.status, get.status);
        assertEquals(fieldsOf(head), fieldsOf(get));
        assertStrictEquals(head.body, null);
        seen.add(head.status);
      }
      assertEquals([...seen], [200, 304, 412]);
    });

    it("ignores Range, which is defined for GET alone", () => {
      const whole = byteRanges(ask(), letters, { etag: '"v1"' });
      for (const range of ["bytes=0-4", "bytes=0-4,8-9", "bytes=99-"]) {
        const headers = { range, "if-range": '"v1"' };
        const head = byteRanges(ask(headers, "HEAD"), letters, {
          etag: '"v1"',
        });
        assertEquals(head.status, 200);
        assertEquals(fieldsOf(head), fieldsOf(whole));
      }
    });
  });

  it("ignores Range with any other method", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "QUERY"]) {
      const response = byteRanges(
        ask({ range: "bytes=0-4" }, method),
        letters,
      );
      assertEquals(response.status, 200);
      assertEquals(await response.text(), LETTERS);
    }
  });

  describe("answers a range", () => {
    it("as it is", async () => {
      const response = byteRanges(ask({ range: "bytes=2-5" }), letters, {
        etag: 'W/"v1"',
        lastModified: new Date(MODIFIED + 999),
      });
      assertEquals(response.status, 206);
      assertEquals(fieldsOf(response), {
        "accept-ranges": "bytes",
        "content-length": "4",
        "content-range": "bytes 2-5/26",
        "content-type": "application/x-letters",
        "etag": 'W/"v1"',
        "last-modified": IMF_FIXDATE,
      });
      assertEquals(await response.text(), "cdef");
    });

    it("of several with a multipart/byteranges", async () => {
      const response = byteRanges(ask({ range: "bytes=2-5,-1" }), letters, {
        etag: '"v1"',
      });
      assertEquals(response.status, 206);
      const { "content-type": type, ...fields } = fieldsOf(response);
      const [, boundary] =
        /^multipart\/byteranges; boundary=([\w-]+)$/.exec(type) ?? [];
      // Begins as nginx and Apache do: zsync 0.6.2 waits for the line break.
      const body = `\r\n--${boundary}\r\n` +
        "Content-Range: bytes 2-5/26\r\n" +
        "Content-Type: application/x-letters\r\n" +
        "\r\ncdef\r\n" +
        `--${boundary}\r\n` +
        "Content-Range: bytes 25-25/26\r\n" +
        "Content-Type: application/x-letters\r\n" +
        `\r\nz\r\n--${boundary}--\r\n`;
      assertEquals(fields, {
        "accept-ranges": "bytes",
        "content-length": `${body.length}`,
        "etag": '"v1"',
      });
      assertEquals(await response.text(), body);
    });

    // The examples of RFC 9110, sections 14.1.2 and 14.4, and more.
    const size = 10_000;
    const cases: [range: string, ...ranges: string[]][] = [
      ["bytes=0-499", "0-499"],
      ["bytes=500-999", "500-999"],
      ["bytes=-500", "9500-9999"],
      ["bytes=9500-", "9500-9999"],
      ["bytes=0-0,-1", "0-0", "9999-9999"],
      ["bytes=0-0,500-999,-500", "0-0", "500-999", "9500-9999"],
      ["bytes=500-600,601-999", "500-999"],
      ["bytes=500-700,601-999", "500-999"],
      ["bytes= 0-999, 4500-5499, -1000", "0-999", "4500-5499", "9000-9999"],
      ["bytes=0-", "0-9999"],
      ["bytes=-10000", "0-9999"],
      ["bytes=-10001", "0-9999"],
      ["bytes=9999-", "9999-9999"],
      ["bytes=5-5", "5-5"],
      ["bytes=005-0006", "5-6"],
      ["bytes=9000-99999", "9000-9999"],
      ["bytes=0-9007199254740993", "0-9999"],
      [`bytes=0-${"9".repeat(400)}`, "0-9999"],
      [`bytes=-${"9".repeat(400)}`, "0-9999"],
      [`bytes=${"0".repeat(400)}7-8`, "7-8"],
      ["BYTES=1-2", "1-2"],
      ["Bytes=1-2", "1-2"],
      ["bytes=,1-2", "1-2"],
      ["bytes=1-2,", "1-2"],
      ["bytes=1-2 ,\t,\t 5-6", "1-2", "5-6"],
      // In the requested order, except for ranges that are joined.
      ["bytes=500-599,0-9", "500-599", "0-9"],
      ["bytes=-5,0-9,9990-9996", "9990-9999", "0-9"],
      ["bytes=20-29,0-9,10-19", "0-29"],
      ["bytes=20-29,50-59,0-9,25-40", "20-40", "50-59", "0-9"],
      ["bytes=0-9,5-,20-30,9000-", "0-9999"],
      ["bytes=0-9,0-9,0-9", "0-9"],
      // A gap of one byte is kept: each range gets exactly what it asks for.
      ["bytes=0-9,11-19", "0-9", "11-19"],
      // Ranges that cannot be satisfied are left out.
      ["bytes=0-9,10000-", "0-9"],
      ["bytes=10000-,5-5,-0", "5-5"],
      [`bytes=${"9".repeat(400)}-,7-8`, "7-8"],
    ];
    for (const [range, ...ranges] of cases) {
      it(range.slice(0, 60), async () => {
        const all = numbered(size);
        const answer = await received(
          byteRanges(ask({ range }), new Blob([all])),
        );
        assertEquals(answer.status, 206);
        assertEquals(
          answer.ranges,
          ranges.map((each) => `bytes ${each}/${size}`),
        );
        assertEquals(
          answer.bytes,
          ranges.map((each) => {
            const [first = 0, last = 0] = each.split("-").map(Number);
            return all.slice(first, last + 1);
          }),
        );
      });
    }

    it("beyond 32 and up to 53 bits", async () => {
      const most = Number.MAX_SAFE_INTEGER;
      const cases: [size: number, range: string, answer: string][] = [
        [6e9, "bytes=5000000000-5000000001", "bytes 5000000000-5000000001/"],
        [6e9, "bytes=-1", "bytes 5999999999-5999999999/"],
        [most, `bytes=${most - 1}-`, `bytes ${most - 1}-${most - 1}/`],
        [most, "bytes=-3", `bytes ${most - 3}-${most - 1}/`],
      ];
      for (const [size, range, answer] of cases) {
        const response = byteRanges(ask({ range }), endless, { size });
        assertEquals(
          response.headers.get("content-range"),
          `${answer}${size}`,
        );
        assertEquals(
          `${(await bytesOf(response)).length}`,
          response.headers.get("content-length"),
        );
      }
    });
  });

  describe("answers with all where Range is", () => {
    const cases = [
      "",
      "bytes",
      "bytes=",
      "bytes=,",
      "bytes= , ,",
      "bytes=-",
      "bytes=0",
      "bytes=a-b",
      "bytes=0-b",
      "bytes=0x0-5",
      "bytes=+0-5",
      "bytes=0-5.5",
      "bytes=1e0-5",
      "bytes=--5",
      "bytes=0--5",
      "bytes=0-1-2",
      "bytes=0 -5",
      "bytes=0- 5",
      "bytes=0-5;6-7",
      "bytes=0-5 6-7",
      "bytes=0-5,x",
      "bytes=x,0-5",
      "bytes=5-4",
      "bytes=0-1,5-4",
      "bytes=100-99",
      "bytes=9007199254740993-9007199254740992",
      `bytes=1${"0".repeat(400)}-9`,
      "bytes=0-1, bytes=2-3",
      "bytes =0-1",
      " =0-1",
      "=0-1",
      "0-1",
      "byte=0-1",
      "items=0-1",
      "bytes:0-1",
      "bytes=\u0660-\u0665",
    ];
    for (const range of cases) {
      it(`"${range.slice(0, 50)}"`, async () => {
        // A Request takes only byte strings. Some servers hand over other text.
        const headers = {
          get: (name: string) => name === "range" ? range : null,
          has: (name: string) => name === "range",
        };
        const request = /[\u0100-\uffff]/.test(range)
          ? { method: "GET", headers: Object.assign(new Headers(), headers) }
          : ask({ range });
        const response = byteRanges(request, letters);
        assertEquals(response.status, 200);
        assertEquals(response.headers.get("content-length"), "26");
        assertEquals(response.headers.get("content-range"), null);
        assertEquals(await response.text(), LETTERS);
      });
    }
  });

  describe("answers 416 where nothing can be satisfied", () => {
    const cases = [
      "bytes=26-",
      "bytes=26-30",
      "bytes=-0",
      "bytes=-000",
      "bytes=99-,30-40,-0",
      "bytes=9007199254740991-",
      `bytes=${"9".repeat(400)}-`,
      "bytes=9007199254740992-9007199254740993",
    ];
    for (const range of cases) {
      it(range.slice(0, 50), () => {
        const response = byteRanges(ask({ range }), letters, {
          etag: '"v1"',
          lastModified: MODIFIED,
        });
        assertEquals(response.status, 416);
        assertEquals(fieldsOf(response), {
          "accept-ranges": "bytes",
          "content-length": "0",
          "content-range": "bytes */26",
          "etag": '"v1"',
          "last-modified": IMF_FIXDATE,
        });
        assertStrictEquals(response.body, null);
      });
    }
  });

  describe("bounds what one request can cost:", () => {
    /** `count` ranges of one byte, every second byte. */
    const sparse = (count: number) =>
      `bytes=${
        Array.from({ length: count }, (_, i) => `${2 * i}-${2 * i}`).join()
      }`;

    it("100 ranges are answered", async () => {
      const all = numbered(1000);
      const { status, ranges } = await received(
        byteRanges(ask({ range: sparse(100) }), new Blob([all])),
      );
      assertEquals(status, 206);
      assertEquals(ranges.length, 100);
    });

    it("101 ranges are ignored", async () => {
      const all = numbered(1000);
      const response = byteRanges(ask({ range: sparse(101) }), new Blob([all]));
      assertEquals(response.status, 200);
      assertEquals(await bytesOf(response), all);
    });

    it("any number of overlapping ranges is one", () => {
      const overlapping = Array.from({ length: 1000 }, (_, i) => `${i}-`);
      for (
        const range of [
          `bytes=${overlapping.join()}`,
          `bytes=${overlapping.reverse().join()}`,
          `bytes=${"0-,".repeat(5000)}`,
        ]
      ) {
        const response = byteRanges(ask({ range }), endless, { size: 5000 });
        assertEquals(response.status, 206);
        assertEquals(
          response.headers.get("content-range"),
          "bytes 0-4999/5000",
        );
      }
    });

    it("of 100 ranges among many that cannot be satisfied", async () => {
      const range = `${sparse(100)}${",5000-".repeat(500)}`;
      const { status, ranges } = await received(
        byteRanges(ask({ range }), endless, { size: 1000 }),
      );
      assertEquals(status, 206);
      assertEquals(ranges.length, 100);
    });
  });

  describe("evaluates preconditions:", () => {
    const earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
    const later = "Sun, 06 Nov 1994 08:49:38 GMT";
    const strong = { etag: '"v1"', lastModified: MODIFIED };
    const weak = { etag: 'W/"v1"', lastModified: MODIFIED };
    const none = {};
    const dated = { lastModified: MODIFIED + 500 };

    type Case = [
      headers: Record<string, string>,
      validators: ByteRangesOptions,
      status: number,
      statusOfPut?: number,
    ];
    const cases: Case[] = [
      // Section 13.1.1: strong comparison.
      [{ "if-match": '"v1"' }, strong, 200],
      [{ "if-match": '"v0", "v1"' }, strong, 200],
      [{ "if-match": '"v0","v1"' }, strong, 200],
      [{ "if-match": ', "v0",, "v1" ,' }, strong, 200],
      [{ "if-match": '"v0"' }, strong, 412],
      [{ "if-match": 'W/"v1"' }, strong, 412],
      [{ "if-match": 'W/"v1"' }, weak, 412],
      [{ "if-match": '"v1"' }, weak, 412],
      [{ "if-match": "*" }, strong, 200],
      [{ "if-match": "*" }, none, 200],
      [{ "if-match": '"v1"' }, none, 412],
      [{ "if-match": "v1" }, strong, 412],
      [{ "if-match": '"v1' }, strong, 412],
      [{ "if-match": "" }, strong, 412],
      [{ "if-match": '"V1"' }, strong, 412],
      [{ "if-match": '"a,b", "c"' }, { etag: '"a,b"' }, 200],
      [{ "if-match": '"x", "a, \\"' }, { etag: '"\\"' }, 412],
      [{ "if-match": '"\\"' }, { etag: '"\\"' }, 200],
      [{ "if-match": '""' }, { etag: '""' }, 200],
      // Section 13.1.2: weak comparison. Other methods are refused.
      [{ "if-none-match": '"v1"' }, strong, 304, 412],
      [{ "if-none-match": 'W/"v1"' }, strong, 304, 412],
      [{ "if-none-match": '"v1"' }, weak, 304, 412],
      [{ "if-none-match": 'W/"v1"' }, weak, 304, 412],
      [{ "if-none-match": '"v0", W/"v1"' }, strong, 304, 412],
      [{ "if-none-match": "*" }, none, 304, 412],
      [{ "if-none-match": '"v0"' }, strong, 200],
      [{ "if-none-match": 'w/"v1"' }, strong, 200],
      [{ "if-none-match": "v1" }, strong, 200],
      [{ "if-none-match": '"v1"' }, none, 200],
      [{ "if-none-match": "" }, strong, 200],
      // Section 13.1.3: applies to GET and HEAD.
      [{ "if-modified-since": IMF_FIXDATE }, strong, 304, 200],
      [{ "if-modified-since": later }, strong, 304, 200],
      [{ "if-modified-since": earlier }, strong, 200],
      [{ "if-modified-since": IMF_FIXDATE }, dated, 304, 200],
      [{ "if-modified-since": IMF_FIXDATE }, none, 200],
      [{ "if-modified-since": "yesterday" }, strong, 200],
      [
        { "if-modified-since": later.replace(/[A-Z][a-z]+ 1/, "Foo 1") },
        strong,
        200,
      ],
      [{ "if-modified-since": "784111777" }, strong, 200],
      [{ "if-modified-since": `${later}, ${later}` }, strong, 200],
      // Section 13.1.4.
      [{ "if-unmodified-since": IMF_FIXDATE }, strong, 200],
      [{ "if-unmodified-since": later }, strong, 200],
      [{ "if-unmodified-since": IMF_FIXDATE }, dated, 200],
      [{ "if-unmodified-since": earlier }, strong, 412],
      [{ "if-unmodified-since": earlier }, none, 200],
      [{ "if-unmodified-since": "yesterday" }, strong, 200],
      // Section 13.2.2: the order of precedence.
      [{ "if-match": '"v1"', "if-unmodified-since": earlier }, strong, 200],
      [{ "if-match": '"v0"', "if-unmodified-since": later }, strong, 412],
      [{ "if-match": '"v0"', "if-none-match": '"v1"' }, strong, 412],
      [{ "if-match": '"v1"', "if-none-match": '"v1"' }, strong, 304, 412],
      [
        { "if-unmodified-since": earlier, "if-none-match": '"v1"' },
        strong,
        412,
      ],
      [
        { "if-none-match": '"v0"', "if-modified-since": IMF_FIXDATE },
        strong,
        200,
      ],
      [
        { "if-none-match": '"v1"', "if-modified-since": earlier },
        strong,
        304,
        412,
      ],
      [
        { "if-none-match": "bad", "if-modified-since": IMF_FIXDATE },
        strong,
        200,
      ],
    ];
    for (const [headers, validators, status, statusOfPut = status] of cases) {
      it(`${JSON.stringify(headers)} on ${JSON.stringify(validators)}`, () => {
        const statusOf = (method: string, more?: Record<string, string>) =>
          byteRanges(ask({ ...headers, ...more }, method), letters, validators)
            .status;
        assertEquals(statusOf("GET"), status);
        assertEquals(statusOf("HEAD"), status);
        assertEquals(statusOf("PUT"), statusOfPut);
        // Preconditions come before any range, even an invalid one.
        const range = "bytes=0-4";
        assertEquals(statusOf("GET", { range }), status === 200 ? 206 : status);
        assertEquals(
          statusOf("GET", { range: "bytes=99-" }),
          status === 200 ? 416 : status,
        );
      });
    }

    it("304 has the entity-tag, or else the date, and no body", () => {
      const ifNoneMatch = ask({ "if-none-match": "*" });
      const notModified: [ByteRangesOptions, Record<string, string>][] = [
        [strong, { etag: '"v1"' }],
        [weak, { etag: 'W/"v1"' }],
        [dated, { "last-modified": IMF_FIXDATE }],
        [none, {}],
      ];
      for (const [validators, fields] of notModified) {
        const response = byteRanges(ifNoneMatch, letters, validators);
        assertEquals(response.status, 304);
        assertStrictEquals(response.body, null);
        assertEquals(fieldsOf(response), fields);
      }
    });

    it("412 has no body", () => {
      const response = byteRanges(ask({ "if-match": '"v0"' }), letters, strong);
      assertStrictEquals(response.body, null);
      assertEquals(fieldsOf(response), {
        "accept-ranges": "bytes",
        "content-length": "0",
        "etag": '"v1"',
        "last-modified": IMF_FIXDATE,
      });
    });
  });

  describe("takes If-Range", () => {
    const strong = { etag: '"v1"', lastModified: MODIFIED };
    const weak = { etag: 'W/"v1"', lastModified: MODIFIED };
    const cases: [ifRange: string, ByteRangesOptions, isCurrent: boolean][] = [
      ['"v1"', strong, true],
      ['"v0"', strong, false],
      ['W/"v1"', strong, false],
      ['W/"v1"', weak, false],
      ['"v1"', weak, false],
      ['"v1"', {}, false],
      ['"v1", "v1"', strong, false],
      ["*", strong, false],
      ["v1", strong, false],
      ["", strong, false],
      [IMF_FIXDATE, strong, true],
      [IMF_FIXDATE, { lastModified: MODIFIED + 999 }, true],
      ["Sun Nov  6 08:49:37 1994", strong, true],
      [IMF_FIXDATE, { etag: '"v1"' }, false],
      ["Sun, 06 Nov 1994 08:49:36 GMT", strong, false],
      ["Sun, 06 Nov 1994 08:49:38 GMT", strong, false],
    ];
    for (const [ifRange, validators, isCurrent] of cases) {
      it(`${ifRange} on ${JSON.stringify(validators)}`, async () => {
        const headers = { "if-range": ifRange };
        const get = (range: string) =>
          received(
            byteRanges(ask({ ...headers, range }), letters, validators),
          );
        const all = { status: 200, ranges: [], bytes: [utf8(LETTERS)] };
        assertEquals(
          await get("bytes=0-1"),
          isCurrent
            ? { status: 206, ranges: ["bytes 0-1/26"], bytes: [utf8("ab")] }
            : all,
        );
        assertEquals(
          await get("bytes=0-1,-1"),
          isCurrent
            ? {
              status: 206,
              ranges: ["bytes 0-1/26", "bytes 25-25/26"],
              bytes: [utf8("ab"), utf8("z")],
            }
            : all,
        );
        const { status } = byteRanges(
          ask({ ...headers, range: "bytes=99-" }),
          letters,
          validators,
        );
        assertEquals(status, isCurrent ? 416 : 200);
        // If-Range has no effect without Range.
        assertEquals(await received(byteRanges(ask(headers), letters)), all);
      });
    }

    it("with a date that is a second before Date", () => {
      const second = Math.floor(Date.now() / 1000) * 1000;
      const status = (lastModified: number, range: string): number => {
        const date = new Date(lastModified).toUTCString();
        const request = ask({ range, "if-range": date });
        return byteRanges(request, letters, { lastModified }).status;
      };
      for (const range of ["bytes=0-1", "bytes=0-1,-1"]) {
        assertEquals(status(second - 1000, range), 206);
      }
    });

    it("not with a date of the current second, in which the bytes may change", () => {
      for (const range of ["bytes=0-1", "bytes=0-1,-1"]) {
        for (let tries = 0;; tries++) {
          const lastModified = Math.floor(Date.now() / 1000) * 1000;
          const date = new Date(lastModified).toUTCString();
          const { status } = byteRanges(
            ask({ range, "if-range": date }),
            letters,
            { lastModified },
          );
          // The second may have ended between the two calls.
          if (Date.now() - lastModified >= 1000 && tries < 10) continue;
          assertEquals(status, 200);
          break;
        }
      }
    });

    it("and leaves out what the client has", () => {
      const dated = byteRanges(
        ask({ range: "bytes=0-1", "if-range": IMF_FIXDATE }),
        letters,
        { lastModified: MODIFIED },
      );
      assertEquals(dated.headers.get("last-modified"), IMF_FIXDATE);
      const headers = { range: "bytes=0-1", "if-range": '"v1"' };
      assertEquals(fieldsOf(byteRanges(ask(headers), letters, strong)), {
        "accept-ranges": "bytes",
        "content-length": "2",
        "content-range": "bytes 0-1/26",
        "content-type": "application/x-letters",
        "etag": '"v1"',
      });
    });
  });

  describe("reads dates", () => {
    const isRead = (date: string, lastModified: number): boolean =>
      byteRanges(
        ask({ range: "bytes=0-1", "if-range": date }),
        letters,
        { lastModified },
      ).status === 206;

    it("in the three forms of RFC 9110, section 5.6.7", () => {
      const dates: [string, number][] = [
        [IMF_FIXDATE, MODIFIED],
        ["Sunday, 06-Nov-94 08:49:37 GMT", MODIFIED],
        ["Sun Nov  6 08:49:37 1994", MODIFIED],
        ["Wed Nov 16 08:49:37 1994", MODIFIED + 10 * 86_400_000],
        ["Thu, 29 Feb 2024 23:59:59 GMT", Date.UTC(2024, 1, 29, 23, 59, 59)],
        ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
        ["Wed, 31 Dec 1969 23:59:59 GMT", -1000],
        ["Wed, 31 Dec 1969 23:59:59 GMT", -1],
        // A leap second is read as the next second.
        ["Sat, 31 Dec 2016 23:59:60 GMT", Date.UTC(2017, 0, 1)],
        ["Fri, 02 Jan 0099 03:04:05 GMT", Date.parse("0099-01-02T03:04:05Z")],
      ];
      const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
      for (const [month, name] of months.split(" ").entries()) {
        dates.push([
          `Mon, 03 ${name} 2020 01:02:03 GMT`,
          Date.UTC(2020, month, 3, 1, 2, 3),
        ]);
      }
      const weekdays = "Mon Tues Wednes Thurs Fri Satur Sun";
      for (const day of weekdays.split(" ")) {
        dates.push([`${day}day, 06-Nov-94 08:49:37 GMT`, MODIFIED]);
      }
      for (const [date, time] of dates) {
        assert(isRead(date, time), date);
        assertFalse(isRead(date, time - 1000), date);
      }
    });

    it("with two digits of a year, at most 50 years ahead", () => {
      const year = new Date().getUTCFullYear();
      for (let back = 0; back < 50; back++) {
        const digits = `${(year - back) % 100}`.padStart(2, "0");
        const date = `Monday, 01-Jan-${digits} 00:00:00 GMT`;
        assert(isRead(date, Date.UTC(year - back, 0, 1)), date);
      }
      // 60 years ahead is more than 50, so the date is 40 years ago.
      const digits = `${(year + 60) % 100}`.padStart(2, "0");
      const date = `Monday, 01-Jan-${digits} 00:00:00 GMT`;
      assert(isRead(date, Date.UTC(year - 40, 0, 1)), date);
    });

    it("and nothing else", () => {
      const wrong = [
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 1994 GMT",
        "1994-11-06T08:49:37Z",
        "1994-11-06T08:49:37.000Z",
        "784111777",
        "784111777000",
        `${IMF_FIXDATE}; length=26`,
      ];
      for (const date of wrong) assertFalse(isRead(date, MODIFIED), date);
      const impossible: [string, number][] = [
        ["Sun, 31 Nov 1994 08:49:37 GMT", Date.UTC(1994, 10, 31, 8, 49, 37)],
        ["Sun, 00 Nov 1994 08:49:37 GMT", Date.UTC(1994, 10, 0, 8, 49, 37)],
        ["Sun, 29 Feb 2023 00:00:00 GMT", Date.UTC(2023, 1, 29)],
        ["Sun, 06 Nov 1994 24:00:00 GMT", Date.UTC(1994, 10, 6, 24)],
        ["Sun, 06 Nov 1994 08:60:00 GMT", Date.UTC(1994, 10, 6, 8, 60)],
        ["Sun, 06 Nov 1994 08:00:61 GMT", Date.UTC(1994, 10, 6, 8, 0, 61)],
      ];
      for (const [date, time] of impossible) {
        assertFalse(isRead(date, time), date);
      }
    });

    it("and says none that is to come", () => {
      const before = Math.floor(Date.now() / 1000) * 1000;
      const { headers } = byteRanges(ask(), letters, {
        lastModified: Date.now() + 3_600_000,
      });
      const said = Date.parse(headers.get("last-modified") ?? "");
      assert(said >= before && said <= Date.now());
    });
  });

  it("agrees with a model on random fields", async () => {
    const random = seededRandom(9110);
    const statuses = new Map<number, number>();
    let multiparts = 0;
    for (let round = 0; round < 3000; round++) {
      const { size, range, isValid, specs } = randomField(random);
      const all = numbered(size);
      const expected = model(specs, isValid, size);
      const response = byteRanges(ask({ range }), new Blob([all]));
      const length = response.headers.get("content-length");
      const isMultipart = expected.runs.length > 1;
      const label = `round ${round}: ${range} of ${size}`;
      const answer = await received(response);
      assertEquals(answer.status, expected.status, label);
      assertEquals(
        answer.ranges,
        expected.status === 416
          ? [`bytes */${size}`]
          : expected.runs.map(([first, last]) =>
            `bytes ${first}-${last}/${size}`
          ),
        label,
      );
      const bodies = expected.status === 206
        ? expected.runs.map(([first, last]) => all.slice(first, last + 1))
        : [expected.status === 200 ? all : new Uint8Array(0)];
      assertEquals(answer.bytes, bodies, label);
      if (!isMultipart) assertEquals(length, `${bodies[0].length}`, label);
      else multiparts++;
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
    // Otherwise the generator has missed a case.
    for (const status of [200, 206, 416]) {
      assert((statuses.get(status) ?? 0) > 100, `${status}`);
    }
    assert(multiparts > 500);
  });

  describe("opens its source", () => {
    /** Records the ranges that were opened, and the state of each stream. */
    function recorded(chunks: (start: number, end: number) => Uint8Array[]) {
      const opened: [number, number][] = [];
      const probes: ReturnType<typeof probe>[] = [];
      const source = (start: number, end: number) => {
        opened.push([start, end]);
        const made = probe(chunks(start, end));
        probes.push(made);
        return made.stream;
      };
      return { opened, probes, source };
    }

    const counted = (start: number, end: number) =>
      Array.from({ length: end - start }, (_, i) => Uint8Array.of(start + i));

    it("not before somebody reads, and one range at a time", async () => {
      const { opened, probes, source } = recorded(counted);
      const response = byteRanges(
        ask({ range: "bytes=5-6,0-1,8-9" }),
        source,
        { size: 10 },
      );
      assert(response.body);
      await turns();
      assertEquals(opened, []);
      const contentType = response.headers.get("content-type") ?? "";
      const reader = new MultipartReader(response.body, { contentType });
      const expected = [[5, 7], [0, 2], [8, 10]];
      for (const [index, range] of expected.entries()) {
        const { value: part } = await reader.next();
        assert(part);
        assert(opened.length <= index + 1);
        assertEquals(await part.readChunk(1), Uint8Array.of(range[0]));
        assertEquals(opened, expected.slice(0, index + 1));
        // No more than one byte is read ahead.
        assert(probes[index].pulls <= 2);
        assertEquals(await part.readChunk(9), Uint8Array.of(range[1] - 1));
      }
      assert((await reader.next()).done);
    });

    it("and reads nothing ahead", async () => {
      for (const range of ["", "bytes=0-7"]) {
        const { opened, probes, source } = recorded(counted);
        const response = byteRanges(ask({ range }), source, { size: 10 });
        assert(response.body);
        await turns();
        assertEquals(opened, []);
        const reader = response.body.getReader();
        assertEquals((await reader.read()).value, Uint8Array.of(0));
        await turns();
        assertEquals(probes.map(({ pulls }) => pulls), [1]);
        assertEquals((await reader.read()).value, Uint8Array.of(1));
        await turns();
        assertEquals(probes.map(({ pulls }) => pulls), [2]);
        await reader.cancel();
      }
    });

    it("and leaves out chunks that are empty", async () => {
      const chunks = [utf8(""), utf8("abc"), utf8(""), utf8("de"), utf8("")];
      const response = byteRanges(ask(), () => streamOf(chunks), { size: 5 });
      assert(response.body);
      const reader = response.body.getReader();
      assertEquals((await reader.read()).value, utf8("abc"));
      assertEquals((await reader.read()).value, utf8("de"));
      assert((await reader.read()).done);
    });

    it("never for an answer without a body", async () => {
      const { opened, source } = recorded(counted);
      const options = { size: 10, etag: '"v1"' };
      const requests = [
        ask({}, "HEAD"),
        ask({ "if-none-match": '"v1"' }),
        ask({ "if-match": '"v0"' }),
        ask({ range: "bytes=10-" }),
      ];
      for (const request of requests) {
        assertEquals(await byteRanges(request, source, options).text(), "");
      }
      await byteRanges(ask(), source, { size: 0 }).text();
      assertEquals(opened, []);
    });

    for (const range of ["", "bytes=0-7", "bytes=0-3,5-9"]) {
      const what = `a body of "${range}"`;

      it(`and cancels it with ${what}`, async () => {
        const { opened, probes, source } = recorded(counted);
        const response = byteRanges(ask({ range }), source, { size: 10 });
        assert(response.body);
        const reader = response.body.getReader();
        while (probes.length === 0 || probes[0].pulls === 0) {
          assertFalse((await reader.read()).done);
        }
        const reason = new Error("gone");
        await reader.cancel(reason);
        assertEquals(probes[0].cancellations, [reason]);
        assertEquals(opened.length, 1);
      });

      it(`never, if ${what} is cancelled before`, async () => {
        const { opened, source } = recorded(counted);
        const response = byteRanges(ask({ range }), source, { size: 10 });
        await response.body?.cancel();
        await turns();
        assertEquals(opened, []);
      });

      it(`and leaves out a chunk that comes when ${what} is cancelled`, async () => {
        let feed: ReadableStreamDefaultController<Uint8Array> | undefined;
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            feed = controller;
          },
        }, { highWaterMark: 0 });
        const response = byteRanges(ask({ range }), () => stream, { size: 10 });
        assert(response.body);
        const reader = response.body.getReader();
        let reading = reader.read();
        while (await isSettled(reading)) reading = reader.read();
        feed?.enqueue(utf8("abc"));
        const cancelled = reader.cancel();
        assertEquals(await reading, { done: true, value: undefined });
        await cancelled;
        assertEquals(await reader.read(), { done: true, value: undefined });
      });

      it(`and ignores a failure that comes after ${what} is cancelled`, async () => {
        let fail = (_: Error): void => {};
        let isAsked = false;
        const response = byteRanges(
          ask({ range }),
          () => {
            isAsked = true;
            return new Promise<never>((_, reject) => {
              fail = reject;
            });
          },
          { size: 10 },
        );
        assert(response.body);
        const reader = response.body.getReader();
        const reading = (async () => {
          while (!(await reader.read()).done);
        })();
        while (!isAsked) await turns();
        await reader.cancel(new Error("gone"));
        fail(new Error("disk"));
        await turns();
        await reading;
        assertEquals(await reader.read(), { done: true, value: undefined });
      });

      it(`and cancels what comes after ${what} is cancelled`, async () => {
        const { stream, cancellations } = probe([], "stall");
        let open = (_: ReadableStream<Uint8Array>): void => {};
        let isAsked = false;
        const response = byteRanges(
          ask({ range }),
          () => {
            isAsked = true;
            return new Promise<ReadableStream<Uint8Array>>((resolve) => {
              open = resolve;
            });
          },
          { size: 10 },
        );
        assert(response.body);
        const reader = response.body.getReader();
        const reading = (async () => {
          while (!(await reader.read()).done);
        })();
        while (!isAsked) await turns();
        const cancelled = reader.cancel(new Error("gone"));
        assert(await isSettled(cancelled));
        open(stream);
        await turns();
        assertEquals(cancellations.length, 1);
        await reading;
      });
    }
  });

  describe("fails its body", () => {
    type Opened = ReturnType<Exclude<ByteRangesSource, Blob>>;
    const give = (bytes: unknown): Opened => bytes as Opened;
    const chunksOf = (count: number) =>
      streamOf(Array.from({ length: count }, () => Uint8Array.of(1)));
    const sources: [
      label: string,
      source: (start: number, end: number) => Opened,
      error: typeof Error,
      message: RegExp,
    ][] = [
      [
        "for fewer bytes",
        (start, end) => new Uint8Array(end - start - 1),
        RangeError,
        /only/,
      ],
      ["for no bytes", () => new Uint8Array(0), RangeError, /only 0 bytes/],
      [
        "for more bytes",
        (start, end) => new Uint8Array(end - start + 1),
        RangeError,
        /at least/,
      ],
      [
        "for fewer bytes of a stream",
        (start, end) => chunksOf(end - start - 1),
        RangeError,
        /only/,
      ],
      [
        "for more bytes of a stream",
        (start, end) => chunksOf(end - start + 1),
        RangeError,
        /at least/,
      ],
      [
        "for chunks that are not bytes",
        () => give(streamOf([give([1, 2]) as Uint8Array])),
        TypeError,
        /chunk/,
      ],
      ["for a string", () => give("ab"), TypeError, /neither bytes/],
      ["for nothing", () => give(undefined), TypeError, /neither bytes/],
      ["for null", () => give(null), TypeError, /neither bytes/],
      ["for a Blob", () => give(new Blob(["ab"])), TypeError, /neither bytes/],
      [
        "for a source that throws",
        () => {
          throw new Error("no such file");
        },
        Error,
        /no such file/,
      ],
      [
        "for a source that rejects",
        () => Promise.reject(new Error("no such file")),
        Error,
        /no such file/,
      ],
      [
        "for a stream that fails",
        () => probe([Uint8Array.of(1)], new Error("disk on fire")).stream,
        Error,
        /disk on fire/,
      ],
    ];
    for (const [label, source, ErrorClass, message] of sources) {
      it(label, async () => {
        for (const range of ["", "bytes=0-7", "bytes=0-3,6-9"]) {
          const response = byteRanges(ask({ range }), source, { size: 10 });
          const length = Number(response.headers.get("content-length"));
          assert(response.body);
          const reader = response.body.getReader();
          let count = 0;
          const error = await assertRejects(async () => {
            for (;;) {
              const { done, value } = await reader.read();
              if (done) return;
              count += value.length;
            }
          }, ErrorClass);
          assertMatch(error.message, message);
          assert(count <= length, `${count} of ${length}`);
        }
      });
    }

    it("and never writes into a frame what does not belong there", async () => {
      const response = byteRanges(
        ask({ range: "bytes=0-3,6-9" }),
        (start) =>
          start === 0 ? streamOf([utf8("abcd"), utf8("--evil")]) : utf8("ghij"),
        { size: 10 },
      );
      assert(response.body);
      const reader = response.body.getReader();
      let text = "";
      await assertRejects(async () => {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return;
          text += new TextDecoder().decode(value);
        }
      }, RangeError);
      assert(text.endsWith("abcd"));
    });

    it("and cancels a source that gives too much", async () => {
      for (const range of ["bytes=0-7", "bytes=0-3,6-9"]) {
        const endlessly = (function* () {
          for (;;) yield Uint8Array.of(1, 2, 3);
        })();
        const { stream, cancellations } = probe(endlessly);
        const response = byteRanges(ask({ range }), () => stream, { size: 10 });
        await assertRejects(() => response.arrayBuffer());
        await turns();
        assertEquals(cancellations.length, 1);
      }
    });

    it("for a stream that is in use", async () => {
      const stream = streamOf([utf8(LETTERS)]);
      stream.getReader();
      const response = byteRanges(ask(), () => stream, { size: 26 });
      await assertRejects(() => response.text(), TypeError);
    });
  });

  describe("refuses", () => {
    const wrong: [
      label: string,
      source: unknown,
      options: ByteRangesOptions,
      error: typeof TypeError,
    ][] = [
      ["a source that is none", "text", { size: 4 }, TypeError],
      ["no source", undefined, { size: 4 }, TypeError],
      ["a function without a size", endless, {}, TypeError],
      ["a negative size", endless, { size: -1 }, RangeError],
      ["half a byte", endless, { size: 1.5 }, RangeError],
      ["no number", endless, { size: NaN }, RangeError],
      ["an endless size", endless, { size: Infinity }, RangeError],
      ["a size of 2^53", endless, { size: 2 ** 53 }, RangeError],
      ["another size than the Blob's", letters, { size: 25 }, RangeError],
      ["a tag without quotes", letters, { etag: "v1" }, TypeError],
      ["an empty tag", letters, { etag: "" }, TypeError],
      ["half a tag", letters, { etag: '"v1' }, TypeError],
      ["a small w", letters, { etag: 'w/"v1"' }, TypeError],
      ["two tags", letters, { etag: '"v1", "v2"' }, TypeError],
      ["a quote in a tag", letters, { etag: '"v"1"' }, TypeError],
      ["a space in a tag", letters, { etag: '"v 1"' }, TypeError],
      ["a line in a tag", letters, { etag: '"v1"\r\nx: y' }, TypeError],
      ["a line break in a tag", letters, { etag: '"v\n"' }, TypeError],
      ["a line break behind a tag", letters, { etag: '"v1"\n' }, TypeError],
      ["a tag beyond bytes", letters, { etag: '"\u0101"' }, TypeError],
      ["a line in a type", letters, { type: "a/b\r\nx: y" }, TypeError],
      ["a NUL in a type", letters, { type: "a/b\0" }, TypeError],
      ["a type beyond bytes", letters, { type: "a/\u0101" }, TypeError],
      ["an invalid date", letters, { lastModified: NaN }, RangeError],
      [
        "an invalid Date",
        letters,
        { lastModified: new Date("x") },
        RangeError,
      ],
      ["no time at all", letters, { lastModified: Infinity }, RangeError],
      [
        "a year of five digits",
        letters,
        { lastModified: Date.UTC(10_000, 0) },
        RangeError,
      ],
      [
        "a year before any",
        letters,
        { lastModified: Date.UTC(-1, 0) },
        RangeError,
      ],
    ];
    for (const [label, source, options, ErrorClass] of wrong) {
      it(label, () => {
        for (const method of ["GET", "HEAD"]) {
          const { message } = assertThrows(
            () =>
              byteRanges(
                ask({ range: "bytes=0-1" }, method),
                source as ByteRangesSource,
                options,
              ),
            ErrorClass,
          );
          assertMatch(message, /^Cannot /);
          assertFalse(/[\r\n\0]/.test(message));
        }
      });
    }

    it("nothing that an entity-tag may hold", () => {
      const etags = ['""', 'W/""', '"!#\\~"', '"a,b"', '"\u0080\u00ff"'];
      for (const etag of etags) {
        const { headers } = byteRanges(ask(), letters, { etag });
        assertEquals(headers.get("etag"), etag);
        const asked = ask({ "if-none-match": `"x", ${etag}` });
        assertEquals(byteRanges(asked, letters, { etag }).status, 304);
      }
    });
  });

  it("lets fields be added to its answers", () => {
    const asked: Record<string, string>[] = [
      {},
      { range: "bytes=0-1" },
      { range: "bytes=99-" },
    ];
    for (const headers of asked) {
      const response = byteRanges(ask(headers), letters);
      response.headers.set("cache-control", "no-cache");
      assertEquals(response.headers.get("cache-control"), "no-cache");
    }
  });

  it("has another boundary in each answer, which no body can hold", async () => {
    const types = new Set<string | null>();
    for (let count = 0; count < 20; count++) {
      const { headers } = byteRanges(ask({ range: "bytes=0-1,-1" }), letters);
      types.add(headers.get("content-type"));
    }
    assertEquals(types.size, 20);

    const tricky = latin1("x\r\n--b\r\n\r\n--b--\r\n".repeat(10));
    const { bytes } = await received(
      byteRanges(ask({ range: "bytes=0-80,90-" }), new Blob([tricky])),
    );
    assertEquals(bytes, [tricky.slice(0, 81), tricky.slice(90)]);
    assertNotEquals(bytes[0].length, 0);
  });
});

/** A range-spec. A suffix has only its length. */
type Spec = readonly [first: bigint, last?: bigint] | { suffix: bigint };

interface RandomField {
  size: number;
  range: string;
  isValid: boolean;
  specs: Spec[];
}

/** A Range field. Most are valid, and some have allowed but rare syntax. */
function randomField(random: Random): RandomField {
  const size = random.pick([0, 1, 2, 10, 50, 300, 300, 300]);
  const count = random.pick([1, 1, 2, 2, 3, 4, 5, 8, 20, 120]);
  const position = (): bigint =>
    random.below(40) === 0
      ? 2n ** 53n + BigInt(random.below(5))
      : BigInt(random.below(random.pick([5, size + 3, size + size + 1])));
  const specs: Spec[] = [];
  const elements: string[] = [];
  let isValid = true;
  const digits = (value: bigint): string =>
    "0".repeat(random.pick([0, 0, 0, 0, 1, 9])) + `${value}`;
  for (let index = 0; index < count; index++) {
    const kind = random.below(300 * Math.ceil(count / 4));
    if (kind === 0) {
      isValid = false;
      elements.push(random.pick(["-", "x", "1", "1-2-3", "1 -2", "*", "-1-"]));
    } else if (kind % 10 === 1) {
      const suffix = position();
      specs.push({ suffix });
      elements.push(`-${digits(suffix)}`);
    } else if (kind % 10 === 2) {
      const first = position();
      specs.push([first]);
      elements.push(`${digits(first)}-`);
    } else {
      const first = position();
      const last = kind === 3
        ? position()
        : first + BigInt(random.below(random.pick([1, 3, 10, size + 1])));
      if (last < first) isValid = false;
      specs.push([first, last]);
      elements.push(`${digits(first)}-${digits(last)}`);
    }
    if (random.below(20) === 0) elements.push("");
  }
  let range = random.pick(["bytes", "bytes", "bytes", "Bytes", "BYTES"]) + "=";
  for (const [index, element] of elements.entries()) {
    if (index > 0) {
      range += random.pick(["", "", " ", "\t"]) + "," +
        random.pick(["", " ", " \t "]);
    }
    range += element;
  }
  return { size, range, isValid, specs };
}

/**
 * Computes the expected answer. It marks each requested byte. Each run of
 * marked bytes is a range, so that ranges that overlap or touch are one.
 */
function model(
  specs: Spec[],
  isValid: boolean,
  size: number,
): { status: number; runs: [first: number, last: number][] } {
  if (!isValid || size === 0) return { status: 200, runs: [] };
  /** For each byte, the index of the first range that asks for it. */
  const askedBy: (number | undefined)[] = new Array(size).fill(undefined);
  for (const [index, spec] of specs.entries()) {
    for (let at = 0; at < size; at++) {
      const place = BigInt(at);
      const isAsked = "suffix" in spec
        ? place >= BigInt(size) - spec.suffix
        : place >= spec[0] && (spec[1] === undefined || place <= spec[1]);
      if (isAsked) askedBy[at] ??= index;
    }
  }
  const runs: { first: number; last: number; by: number }[] = [];
  for (const [at, by] of askedBy.entries()) {
    if (by === undefined) continue;
    const run = runs.at(-1);
    if (run?.last === at - 1) {
      run.last = at;
      run.by = Math.min(run.by, by);
    } else {
      runs.push({ first: at, last: at, by });
    }
  }
  if (runs.length > 100) return { status: 200, runs: [] };
  runs.sort((a, b) => a.by - b.by);
  return {
    status: runs.length === 0 ? 416 : 206,
    runs: runs.map(({ first, last }) => [first, last]),
  };
}
