import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, sanitizeFilename } from "@tributary/multipart";
import { fieldHead, utf8 } from "../bytes.ts";
import { FORM } from "./hostile.ts";

/** Prefixes that lead out of a folder, or to another place. */
const ways = [
  "",
  "../",
  "..\\",
  "../../../../../../",
  "..\\..\\..\\",
  "..././",
  "....//",
  "..../\\",
  ".\\./..//",
  "/",
  "//",
  "\\",
  "\\\\server\\share\\",
  "\\\\?\\C:\\",
  "\\\\.\\",
  "C:",
  "C:\\",
  "c:/",
  "C:..\\",
  "file:///",
  "~/",
  "./",
  "a/../../",
  "a\\..\\..\\",
  "\0../",
  "..\0/",
  ".\r\n./",
  ".\u200b./",
  ".\ufeff./",
  ".\u202e./",
  "\u202e/..",
  " ../",
  "../ ",
  "..%2f",
  "..%5c",
  "%2e%2e/",
  "%2e%2e%2f",
  "..%c0%af",
  "..%252f",
  "\uff0e\uff0e\uff0f",
  "\u2024\u2024/",
  "..\u2215",
  "..\u2044",
];

/** Files that must not be reached or created. */
const targets = [
  "",
  ".",
  "..",
  "etc/passwd",
  "boot.ini",
  ".htaccess",
  ".ssh/authorized_keys",
  "con",
  "NUL.txt",
  "com1.",
  "lpt\u00b2.log",
  "x.txt:stream",
  "x.txt::$DATA",
  "x.",
  "x ",
  "x. . .",
  "a\0.png",
  "a\n.png",
  "-rf",
  "CLOCK$",
];

const vectors = ways.flatMap((way) => targets.map((target) => way + target));

/**
 * Whether a system that appends the name to a folder would leave that folder.
 */
function leadsOutside(name: string): boolean {
  const parts = name.split(/[/\\]/);
  return parts.length !== 1 || name === "." || name === ".." ||
    /^[a-z]:/i.test(name);
}

// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f<>:"/\\|?*]|\p{Cf}/u;
const DEVICE =
  /^(con|prn|aux|nul|clock\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])(\.|$)/i;

describe("T13 path", () => {
  it("there are 500 vectors and more", () => {
    assertGreaterOrEqual(new Set(vectors).size, 500);
  });

  for (const way of ways) {
    it(`nothing that begins with ${JSON.stringify(way)} leaves its folder`, () => {
      for (const target of targets) {
        const name = sanitizeFilename(way + target);
        const label = JSON.stringify([way + target, name]);
        assert(!leadsOutside(name), label);
        assert(!FORBIDDEN.test(name), label);
        assert(!DEVICE.test(name), label);
        assert(!/^[.\s]|[.\s]$/.test(name) && name !== "", label);
        assert(utf8(name).length <= 255, label);
        // A URL resolves dots and both kinds of slash as file systems do.
        const folder = "http://localhost/uploads/";
        const { href } = new URL(encodeURIComponent(name), folder);
        assert(href.startsWith(folder), label);
        assertEquals(sanitizeFilename(name), name, label);
      }
    });
  }

  it("a part's own filename is what was sent, and nothing is made of it", async () => {
    for (const vector of vectors) {
      // A header cannot contain these.
      if (/[\0\r\n]/.test(vector)) continue;
      const quoted = vector.replace(/["\\]/g, "\\$&");
      const reader = new MultipartReader(
        utf8(`--b\r\n${fieldHead("a")}; filename="${quoted}"\r\n\r\n\r\n--b--`),
        { contentType: FORM },
      );
      const { value: part } = await reader.next();
      assertEquals(part?.filename, vector);
      assertEquals(
        (await part?.file())?.name.replaceAll(":", "/"),
        vector.replaceAll(":", "/"),
      );
      await reader.cancel();
    }
  });
});
