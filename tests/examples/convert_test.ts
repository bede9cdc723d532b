/**
 * Files that are converted a few at a time: the mapping itself, and with curl.
 */
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { MultipartReader } from "@tributary/multipart";
import { mapAsync } from "../../examples/convert.ts";
import { curl } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { examplePath, startExample } from "./running.ts";

/** Numbers, with a record of those that were taken. */
function numbers(count: number) {
  const taken: number[] = [];
  return {
    taken,
    async *[Symbol.asyncIterator]() {
      for (let number = 0; number < count; number++) {
        taken.push(number);
        yield number;
      }
    },
  };
}

describe("mapAsync()", () => {
  it("keeps the order, however long each takes", async () => {
    const items = numbers(20);
    // Of each two, the first needs more turns than the second.
    const map = async (item: number) => {
      for (let turn = 0; turn < (item % 2 ? 1 : 50); turn++) await null;
      return item * 2;
    };
    const results = await Array.fromAsync(mapAsync(items, 4, map));
    assertEquals(results, items.taken.map((item) => item * 2));
  });

  for (const limit of [1, 3, 7, 100]) {
    it(`has at most ${limit} under way`, async () => {
      let now = 0;
      let most = 0;
      const map = async (item: number) => {
        most = Math.max(most, ++now);
        for (let turn = 0; turn < 5 + item % 7; turn++) await null;
        now--;
        return item;
      };
      await Array.fromAsync(mapAsync(numbers(50), limit, map));
      assertEquals(most <= limit, true);
      assertEquals(most > limit / 2, limit < 100);
    });
  }

  it("takes no more while as many are under way", async () => {
    const items = numbers(10);
    const { promise, resolve } = Promise.withResolvers<void>();
    const results = mapAsync(items, 3, () => promise);
    const first = results.next();
    for (let turn = 0; turn < 100; turn++) await null;
    assertEquals(items.taken, [0, 1, 2]);
    resolve();
    await first;
    await results.return(undefined);
  });

  it("fails as a result does, or as the items do", async () => {
    const fail = (item: number) =>
      item === 2 ? Promise.reject(new Error("2 fails")) : Promise.resolve(item);
    const collect = (results: AsyncIterable<number>) =>
      Array.fromAsync(results);
    await assertRejects(
      () => collect(mapAsync(numbers(5), 4, fail)),
      Error,
      "2 fails",
    );
    async function* broken() {
      yield* numbers(3);
      throw new Error("no more");
    }
    const one = (item: number) => Promise.resolve(item);
    await assertRejects(
      () => collect(mapAsync(broken(), 9, one)),
      Error,
      "no more",
    );
  });
});

const runs: [string, string[]][] = [
  ["Deno", ["deno", "serve", "--host=127.0.0.1", "--port=0", "--no-check"]],
  ["Bun", ["bun"]],
];

for (const [name, command] of runs) {
  describe(`examples/convert.ts on ${name}`, () => {
    async function serve(use: (url: string) => Promise<void>): Promise<void> {
      const path = examplePath("convert.ts");
      const server = await startExample([...command, path]);
      try {
        await use(server.url);
      } finally {
        await server.close();
      }
    }

    it("answers with each file, compressed, in their order", async () => {
      await inFolder(async (folder) => {
        const texts = Array.from(
          { length: 9 },
          (_, i) => randomBytes(100 + 400_000 * ((i * 5) % 3)),
        );
        const forms: string[] = ["-F", "field=skipped"];
        for (const [index, text] of texts.entries()) {
          const file = join(folder, `${index}.txt`);
          await writeFile(file, text);
          forms.push("-F", `a=@${file}`);
        }
        await serve(async (url) => {
          const [body, head] = [join(folder, "body"), join(folder, "head")];
          await curl("-D", head, "-o", body, ...forms, url);
          const contentType = /^content-type: (.*)\r$/im
            .exec(await readFile(head, "utf8"))?.[1] ?? "";
          const reader = new MultipartReader(await readFile(body), {
            contentType,
          });
          let index = 0;
          for await (const part of reader) {
            assertEquals(part.filename, `${index}.txt.gz`);
            assertEquals(part.mediaType, "application/gzip");
            const text = gunzipSync(await part.bytes());
            assertEquals(text.equals(texts[index++] ?? Buffer.of()), true);
          }
          assertEquals(index, texts.length);
        });
      });
    });

    it("refuses a form that is broken, or has no files", async () => {
      await serve(async (url) => {
        const type = "Content-Type: multipart/form-data; boundary=b";
        const broken = "--b\r\nContent-Disposition: form-data; " +
          "name=a; filename=a\r\n\r\nhalf of it";
        const post = async (...args: string[]) =>
          (await curl(...args, url)).status;
        assertEquals(await post("-H", type, "--data-binary", broken), 400);
        assertEquals(await post("-d", "a=b"), 415);
        assertEquals(await post("-F", "field=x"), 200);
      });
    });
  });
}
