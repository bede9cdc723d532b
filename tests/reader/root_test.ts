/** The root of a multipart/related (RFC 2387, section 3.2). */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { bytewise, streamOf, utf8 } from "../bytes.ts";

const BODY = "--b\r\nContent-ID: <a@x>\r\n\r\nfirst\r\n" +
  "--b\r\nContent-ID: <b@x>\r\n\r\nsecond\r\n" +
  "--b\r\n\r\nthird\r\n--b--";

function readerOf(parameters = "", body = BODY, subtype = "related") {
  return new MultipartReader(streamOf(bytewise(utf8(body))), {
    contentType: `multipart/${subtype}; boundary=b${parameters}`,
  });
}

describe("MultipartReader.root()", () => {
  const found: [parameters: string, root: string, others: string[]][] = [
    ["", "first", ["second", "third"]],
    ['; start="<a@x>"', "first", ["second", "third"]],
    ['; start="<b@x>"', "second", ["third"]],
    // Some senders omit the angle brackets. Parameter names are
    // case-insensitive.
    ['; Start="b@x"; type="text/plain"', "second", ["third"]],
  ];
  for (const [parameters, root, others] of found) {
    it(`gives the part that is named by \`${parameters}\``, async () => {
      const reader = readerOf(parameters);
      assertEquals(await (await reader.root()).text(), root);
      const rest: string[] = [];
      for await (const part of reader) rest.push(await part.text());
      assertEquals(rest, others);
    });
  }

  const missing: [what: string, parameters: string, body: string][] = [
    ["no part has the Content-ID", '; start="<c@x>"', BODY],
    ["the case of the Content-ID differs", '; start="<A@x>"', BODY],
    ["there are no parts", "", "--b--"],
  ];
  for (const [what, parameters, body] of missing) {
    it(`fails where ${what}`, async () => {
      const error = await assertRejects(() =>
        readerOf(parameters, body).root()
      );
      assertInstanceOf(error, MultipartError);
      assertEquals([error.code, error.status], ["missing-part", 400]);
    });
  }

  it("fails as the reading does where the body breaks off", async () => {
    const reader = readerOf('; start="<b@x>"', BODY.slice(0, 40));
    const error = await assertRejects(() => reader.root());
    assertInstanceOf(error, MultipartError);
    assertEquals(error.code, "truncated");
  });

  it("is refused when a part has been asked for, and of other multiparts", async () => {
    const reader = readerOf();
    await reader.next();
    await assertRejects(() => reader.root(), TypeError, "Call root() first");
    const pending = readerOf();
    const first = pending.next();
    await assertRejects(() => pending.root(), TypeError, "Call root() first");
    assertEquals(await (await first).value?.text(), "first");
    const mixed = readerOf("", BODY, "mixed");
    await assertRejects(() => mixed.root(), TypeError, "multipart/mixed");
  });
});
