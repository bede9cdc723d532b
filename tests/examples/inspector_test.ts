/** The inspector: what it makes of bodies, and its page in real browsers. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import type { AxeResults } from "axe-core";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { Page } from "puppeteer-core";
import { analyse } from "../../examples/inspector/analyse.ts";
import { inspectorPage } from "../../examples/inspector/build.ts";
import { samples } from "../../examples/inspector/samples.js";
import { listen } from "../driving/servers.ts";
import { shared } from "../driving/shared.ts";
import { visitors } from "./upload_browsers.ts";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const bytesOf = (text: string) =>
  new TextEncoder().encode(text.replaceAll("\n", "\r\n"));

describe("the inspector's analysis", () => {
  const cases = {
    form: {
      profile: "form-data",
      parts: [["0", "text/plain", 7], ["1", "text/plain", 10]],
      kinds: "header delimiter head body delimiter head body delimiter",
    },
    mail: {
      profile: "mime",
      parts: [
        ["0", "multipart/alternative", 233],
        ["0.0", "text/plain", 15],
        ["0.1", "text/html", 20],
        ["1", "text/plain", 8],
      ],
      kinds:
        "header preamble delimiter head body delimiter head body delimiter",
    },
    camera: {
      profile: "mixed-replace",
      parts: [["0", "image/jpeg", 11], ["1", "image/jpeg", 12]],
      kinds: "header delimiter head body delimiter head body epilogue",
    },
    broken: {
      profile: "form-data",
      parts: [["0", "text/plain", 5]],
      kinds: "delimiter head body delimiter unread",
    },
  } as const;

  for (const [name, expected] of Object.entries(cases)) {
    const input = bytesOf(samples[name as keyof typeof cases]);

    it(`cuts a ${name} into pieces without a gap`, () => {
      const { profile, pieces, parts, problem } = analyse(input);
      assertEquals(profile, expected.profile);
      assertEquals(
        parts.map(({ path, head, body }) => [
          path.join("."),
          head.mediaType,
          body.length,
        ]),
        expected.parts.map((part) => [...part]),
      );
      assertEquals(pieces.map(({ kind }) => kind).join(" "), expected.kinds);
      let offset = 0;
      for (const piece of pieces) {
        assertEquals(piece.offset, offset);
        assertEquals(
          piece.bytes,
          input.subarray(offset, offset + piece.bytes.length),
        );
        offset += piece.bytes.length;
      }
      assertEquals(offset, input.length);
      assertEquals(
        problem?.code,
        name === "broken" ? "invalid-header" : undefined,
      );
    });
  }

  it("says where an error is, counting the header before the body", () => {
    const body = bytesOf(samples.broken);
    const header = bytesOf(
      "Content-Type: multipart/form-data; boundary=river\n\n",
    );
    const alone = analyse(body).problem?.offset ?? NaN;
    const behind = analyse(new Uint8Array([...header, ...body])).problem;
    assertEquals(behind?.offset, alone + header.length);
  });

  it("asks for a boundary where none can be found", () => {
    assertThrows(
      () => analyse(bytesOf("no dashes\n")),
      TypeError,
      "Type it in",
    );
  });
});

const server = shared(async () => {
  const page = await inspectorPage();
  const server: Server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    // What the page needs is in it: nothing else may be fetched.
    response.setHeader(
      "content-security-policy",
      "default-src 'none'; style-src 'unsafe-inline'; " +
        "script-src 'unsafe-inline' 'unsafe-eval'; img-src data:",
    );
    response.end(page);
  });
  return { url: await listen(server), server };
}, ({ server }) => {
  server.closeAllConnections();
  server.close();
});

for (const { name, browser } of visitors()) {
  describe(`the inspector in ${name}`, () => {
    let page: Page;

    beforeEach(async () => {
      page = await (await browser()).newPage();
      await page.goto((await server()).url);
    });

    afterEach(() => page.close());

    const summary = () => page.$eval("#summary", (p) => p.textContent ?? "");

    it("shows the parts of a sample, and where a broken one is wrong", async () => {
      await page.click("[data-sample=mail]");
      assertMatch(await summary(), /4 parts, boundary outer, read as mime: no/);
      await page.click("[data-sample=broken]");
      assertMatch(await summary(), /invalid-header at byte 73$/);
      await page.waitForSelector(".piece.problem");
    });

    it("shows what is typed, with the boundary that is typed", async () => {
      await page.type("#text", "--b\n\nx\n--b--\n");
      await page.type("#boundary", "b");
      await page.select("#profile", "mime");
      assertMatch(
        await summary(),
        /1 part, boundary b, read as mime: no error/,
      );
    });

    it("leaves axe nothing to find, and fits a phone", async () => {
      await page.setViewport({ width: 360, height: 740 });
      await page.click("[data-sample=mail]");
      await page.evaluate(await readFile(axePath, "utf8"));
      const { violations } = await page.evaluate("axe.run()") as AxeResults;
      assertEquals(
        violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
        [],
      );
      assertEquals(
        await page.evaluate(`document.documentElement.scrollWidth -
          document.documentElement.clientWidth`),
        0,
      );
    });
  });
}
