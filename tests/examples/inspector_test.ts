/** The inspector: how it analyses bodies, and its page in real browsers. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { createServer, type Server } from "node:http";
import { deflateRawSync, gzipSync } from "node:zlib";
import { analyse } from "../../examples/inspector/analyse.ts";
import { inspectorPage } from "../../examples/inspector/build.ts";
import {
  decode,
  type Decoded,
  MAX_DECODED,
} from "../../examples/inspector/decode.ts";
import { samples } from "../../examples/inspector/samples.js";
import { axeViolations } from "../driving/axe.ts";
import { listen } from "../driving/servers.ts";
import { shared } from "../driving/shared.ts";
import type { DrivenPage } from "../driving/webkit_page.ts";
import { browserVisitors, textOf, webkitVisitor } from "./upload_browsers.ts";

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

describe("the inspector's decoding", () => {
  /** Returns how it decodes one part. */
  async function decoded(
    fields: string,
    body: string | Uint8Array,
  ): Promise<Decoded | undefined> {
    const bytes = typeof body === "string" ? bytesOf(body) : body;
    const input = new Uint8Array([
      ...bytesOf(`--b\n${fields}\n\n`),
      ...bytes,
      ...bytesOf("\n--b--\n"),
    ]);
    const { parts: [part] } = analyse(input, {
      boundary: "b",
      profile: "mime",
    });
    return part && await decode(part);
  }

  const cases: [fields: string, body: string | Uint8Array, text?: string][] = [
    ["Content-Type: text/plain", "plain"],
    ["Content-Transfer-Encoding: 8bit", "plain"],
    ["Content-Encoding: identity", "plain"],
    ["Content-Transfer-Encoding: Base64", "R3LDvMOfZQ==", "Grüße"],
    ["Content-Transfer-Encoding: quoted-printable", "Gr=C3=BC=\n!", "Grü!"],
    ["Content-Encoding: gzip", gzipSync("packed"), "packed"],
    ["Content-Encoding: deflate", deflateRawSync("packed"), "packed"],
    [
      "Content-Transfer-Encoding: base64\nContent-Encoding: gzip",
      gzipSync("both").toString("base64"),
      "both",
    ],
    [
      "Content-Type: multipart/mixed; boundary=c\n" +
      "Content-Transfer-Encoding: base64",
      "--c\n\nx\n--c--",
    ],
    ["Content-Transfer-Encoding: base64", "", ""],
  ];
  for (const [fields, body, text] of cases) {
    const shown = JSON.stringify(fields.replaceAll("Content-", ""));
    it(`of ${shown} is ${JSON.stringify(text)}`, async () => {
      const found = await decoded(fields, body);
      assertEquals(found && new TextDecoder().decode(found.bytes), text);
      assertEquals(found?.problem, undefined);
      assertEquals(found?.isWhole, found && true);
    });
  }

  it("says why a body cannot be decoded", async () => {
    const damaged = await decoded("Content-Encoding: gzip", "not gzip");
    assertEquals(damaged?.problem?.code, "invalid-encoding");
    const unknown = await decoded("Content-Encoding: x-none", "x");
    assertEquals(unknown?.problem?.code, "unsupported-encoding");
  });

  it("unpacks no more than its bound", async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000));
    const found = await decoded("Content-Encoding: gzip", bomb);
    assertEquals(found?.bytes.length, MAX_DECODED);
    assertEquals(found?.isWhole, false);
  });
});

const server = shared(async () => {
  const page = await inspectorPage();
  const server: Server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(page);
  });
  return { url: await listen(server), server };
}, ({ server }) => {
  server.closeAllConnections();
  server.close();
});

for (
  const { name, schemes, newPage } of [...browserVisitors(), webkitVisitor()]
) {
  describe(`the inspector in ${name}`, () => {
    let page: DrivenPage;

    beforeEach(async () => {
      page = await newPage();
      await page.goto((await server()).url);
    });

    afterEach(() => page.close());

    it("shows the parts of a sample, and where a broken one is wrong", async () => {
      await page.click("[data-sample=mail]");
      assertMatch(
        await textOf(page, "#summary"),
        /4 parts, boundary outer, read as mime$/,
      );
      assertEquals(await textOf(page, "#verdict"), "No error");
      await page.waitForSelector("#decoded:not([hidden])");
      assertEquals(
        await page.evaluate(
          `[...document.querySelectorAll("#decoded .piece")].map((piece) =>
            [".what", ".at", ".content"].map((part) =>
              piece.querySelector(part).textContent.trim()))`,
        ),
        [
          ["part 0.0", "from quoted-printable: 7 B", "Grüße"],
          ["part 0.1", "from base64: 14 B", "<p>Grüße</p>"],
          [
            "part 1",
            "from base64: 5 B",
            `00000000  00 01 02 03 04${" ".repeat(35)}·····`,
          ],
        ],
      );
      await page.click("[data-sample=broken]");
      assertEquals(
        await textOf(page, "#verdict"),
        "invalid-header at byte 73",
      );
      await page.waitForSelector(".piece.problem");
      await page.waitForSelector("#decoded[hidden]");
    });

    it("shows what is pasted, with the boundary that is typed", async () => {
      const paste = (text: string) =>
        page.evaluate(`(() => {
          const area = document.querySelector("#text");
          area.value = ${JSON.stringify(text)};
          area.dispatchEvent(new Event("input"));
        })()`);
      await paste("no dashes");
      assertMatch(await textOf(page, "#verdict"), /^Cannot find the boundary/);
      await paste("--b\n\nx\n--b--\n");
      await page.type("#boundary", "b");
      await page.select("#profile", "mime");
      // WebKit's driver does not wait until the pressed keys have arrived.
      await page.waitForFunction(
        `/1 part, boundary b, read as mime$/
          .test(document.querySelector("#summary").textContent)`,
      );
      assertEquals(await textOf(page, "#verdict"), "No error");
    });

    it("reads a file that is dropped, until it is closed", async () => {
      await page.evaluate(`(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(
          new File(["--b\\r\\n\\r\\n\\0\\xff\\r\\n--b--\\r\\n"], "dump.bin"),
        );
        const init = { dataTransfer, bubbles: true, cancelable: true };
        document.body.dispatchEvent(new DragEvent("drop", init));
      })()`);
      await page.waitForSelector("#result:not([hidden])");
      assertEquals(await textOf(page, "#opened-name"), "dump.bin");
      await page.click("#close");
      await page.waitForSelector("#result[hidden]");
      assertEquals(
        await page.evaluate("document.activeElement.id"),
        "text",
      );
    });

    it("can fetch nothing, and send nothing anywhere", async () => {
      const url = JSON.stringify((await server()).url);
      assertEquals(
        await page.evaluate(
          `fetch(${url}).then(() => "sent", ({ name }) => name)`,
        ),
        "TypeError",
      );
    });
  });

  for (const scheme of schemes) {
    describe(`the ${scheme} inspector in ${name}`, () => {
      let page: DrivenPage;

      beforeEach(async () => {
        page = await newPage(scheme);
        await page.goto((await server()).url);
      });

      afterEach(() => page.close());

      it("leaves axe nothing to find, and fits a phone", async () => {
        await page.setViewport({ width: 360, height: 740 });
        await page.click("[data-sample=mail]");
        await page.waitForSelector("#decoded:not([hidden])");
        assertEquals(await axeViolations(page), []);
        assertEquals(
          await page.evaluate(`document.documentElement.scrollWidth -
            document.documentElement.clientWidth`),
          0,
        );
      });
    });
  }
}
