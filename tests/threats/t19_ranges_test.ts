import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { byteRanges } from "@tributary/multipart/writer";
import { assertGrowth, KiB, MiB } from "./hostile.ts";

interface Answer {
  readonly response: Response;
  /** The ranges that were requested from the source. */
  readonly opened: [start: number, end: number][];
}

function answer(range: string, size = 10 * MiB): Answer {
  const opened: [number, number][] = [];
  const headers = new Headers({ range });
  const response = byteRanges({ method: "GET", headers }, (start, end) => {
    opened.push([start, end]);
    return new Uint8Array(end - start);
  }, { size, type: "a/b" });
  return { response, opened };
}

async function lengthOf({ response }: Answer): Promise<number> {
  let length = 0;
  const reader = response.body?.getReader();
  assert(reader !== undefined);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return length;
    length += value.length;
  }
}

/** This many ranges of one byte that do not touch. */
function apart(count: number): string {
  return Array.from({ length: count }, (_, at) => `${2 * at}-${2 * at}`)
    .join(",");
}

/** Fields that ask for much in few bytes, or take long to parse. */
const fields: Record<string, (size: number) => string> = {
  "0-0 over and over": (size) => "0-0,".repeat(size / 4),
  "all of it over and over": (size) => "0-,".repeat(size / 3),
  "ever more of it": (size) =>
    Array.from({ length: size / 8 }, (_, at) => `0-${at}`).join(","),
  "ranges that touch, from the last": (size) =>
    Array.from({ length: size / 8 }, (_, at) => `${size - at}-${size - at}`)
      .join(","),
  "ranges apart": (size) => apart(size / 8),
  "suffixes": (size) => "-1,".repeat(size / 3),
  "ranges beyond the end": (size) => "99999999-,".repeat(size / 10),
  "commas": (size) => `0-0${",".repeat(size)}`,
  "spaces": (size) => `0-0,${" ".repeat(size)}1-1`,
  "digits": (size) => `${"0".repeat(size / 2)}-${"9".repeat(size / 2)}`,
  "dashes": (size) => "-".repeat(size),
};

describe("T19 ranges", () => {
  it("ten thousand times the same byte is that byte, read once", async () => {
    const asked = answer(`bytes=${"0-0,".repeat(10_000)}`);
    assertEquals(asked.response.status, 206);
    assertEquals(asked.response.headers.get("content-length"), "1");
    assertEquals(await lengthOf(asked), 1);
    assertEquals(asked.opened, [[0, 1]]);
  });

  it("ten thousand ranges apart are not answered one by one", async () => {
    const asked = answer(`bytes=${apart(10_000)}`, 20_000);
    assertEquals(asked.response.status, 200);
    assertEquals(await lengthOf(asked), 20_000);
    assertEquals(asked.opened, [[0, 20_000]]);
  });

  it("a hundred are, and no more", async () => {
    for (const count of [100, 101]) {
      const { response, opened } = answer(`bytes=${apart(count)}`, 1000);
      assertEquals(response.status, count === 100 ? 206 : 200);
      if (count > 100) {
        await response.body?.cancel();
        continue;
      }
      let parts = 0;
      for await (const part of MultipartReader.from(response)) {
        assertEquals((await part.bytes()).length, 1);
        parts++;
      }
      assertEquals([parts, opened.length], [100, 100]);
    }
  });

  for (const [name, field] of Object.entries(fields)) {
    it(`${name}: no more bytes than there are, and a little for each range`, async () => {
      const size = 64 * KiB;
      const asked = answer(`bytes=${field(8 * KiB)}`, size);
      const { status } = asked.response;
      assert([200, 206, 416].includes(status), `${status}`);
      if (status === 416) return assertEquals(asked.opened, []);
      assertLessOrEqual(await lengthOf(asked), size + 100 * 256);
      assertLessOrEqual(asked.opened.length, 100);
      const read = asked.opened.reduce((sum, [a, b]) => sum + b - a, 0);
      assertLessOrEqual(read, size);
    });

    it(`${name}: its time grows with the field`, async () => {
      const requests = new Map(
        [4 * KiB, 64 * KiB].map((size) => [
          size,
          {
            method: "GET",
            headers: new Headers({ range: `bytes=${field(size)}` }),
          },
        ]),
      );
      const source = (start: number, end: number) =>
        new Uint8Array(end - start);
      await assertGrowth((size) => {
        const request = requests.get(size);
        assert(request !== undefined);
        byteRanges(request, source, { size: 10 * MiB, type: "a/b" });
      }, { from: 4 * KiB });
    });
  }

  it("of many ranges nothing is read before the answer is", () => {
    const { opened } = answer(`bytes=${apart(100)}`);
    assertEquals(opened, []);
  });
});
