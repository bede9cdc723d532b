import { assert, assertEquals, assertFalse } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sanitizeFilename } from "@tributary/multipart";

const cases: [name: string, safe: string][] = [
  ["map.svg", "map.svg"],
  ["", "file"],
  [".", "file"],
  ["..", "file"],
  ["...", "file"],
  ["/", "file"],
  ["../../etc/passwd", "passwd"],
  ["..\\..\\boot.ini", "boot.ini"],
  ["/etc/shadow", "shadow"],
  ["C:\\temp\\new.txt", "new.txt"],
  ["C:new.txt", "new.txt"],
  ["c:", "file"],
  ["a/b/", "b"],
  ["a/..", "a"],
  ["a/.../", "a"],
  ["\\\\server\\share\\x.txt", "x.txt"],
  [".htaccess", "htaccess"],
  ["..hidden", "hidden"],
  ["name.", "name"],
  ["name. . ", "name"],
  [" name ", "name"],
  ["a\0b.txt", "ab.txt"],
  ["a\r\nb", "ab"],
  ["a\u007fb\u0085c", "abc"],
  ["file.txt::$DATA", "file.txt__$DATA"],
  ['a<b>c"d|e?f*g', "a_b_c_d_e_f_g"],
  ["con", "_con"],
  ["CON.txt", "_CON.txt"],
  ["aux .txt", "_aux .txt"],
  ["com1", "_com1"],
  ["LPT9.log", "_LPT9.log"],
  ["com\u00b9", "_com\u00b9"],
  ["nul.tar.gz", "_nul.tar.gz"],
  ["console.txt", "console.txt"],
  ["..con", "_con"],
  [`CON${" ".repeat(300)}x.txt`, "_CON.txt"],
  ["e\u200b\u0301", "\u00e9"],
  ["a/ . /", "a"],
  ["C:/D:x", "x"],
  ["invoice\u202efdp.exe", "invoicefdp.exe"],
  ["\u200b", "file"],
  // Zero-width non-joiners and joiners are part of the spelling in Persian,
  // Indic names and emoji.
  ["می\u200cخواهم.txt", "می\u200cخواهم.txt"],
  ["क्\u200dष.txt", "क्\u200dष.txt"],
  ["👩\u200d💻.png", "👩\u200d💻.png"],
  ["\u200da\u200c", "a"],
  ["\u200d", "file"],
  [".\u200c.", "file"],
  ["..\u200d/x", "x"],
  ["a\u200b\u200d\u202eb", "a\u200db"],
  ["A\u030a.txt", "\u00c5.txt"],
  ["план 📐.txt", "план 📐.txt"],
  ["a\ud800b", "a\ufffdb"],
  ["..\u2215..\u2215x", "..\u2215..\u2215x".slice(2)],
  ["%2e%2e%2fx", "%2e%2e%2fx"],
  ["~", "~"],
  // An extension has at most 16 bytes, its dot included.
  [
    `${"a".repeat(300)}.${"b".repeat(15)}`,
    `${"a".repeat(239)}.${"b".repeat(15)}`,
  ],
  [`${"a".repeat(300)}.${"b".repeat(16)}`, "a".repeat(255)],
  [`a.${"b".repeat(400)}`, `a.${"b".repeat(253)}`],
  [`a${"b".repeat(254)}`, `a${"b".repeat(254)}`],
  ["é".repeat(128), "é".repeat(127)],
  ["-rf", "-rf"],
];

/** Asserts that a sanitized name is safe, whatever the input was. */
function assertSafe(name: string): void {
  assert(name.length > 0);
  assert(new TextEncoder().encode(name).length <= 255, name);
  assertFalse(/[/\\:<>"|?*]/.test(name), name);
  // deno-lint-ignore no-control-regex
  assertFalse(/[\u0000-\u001f\u007f-\u009f]/.test(name), name);
  assertFalse(/^[.\s]|[.\s]$/.test(name), name);
  assertFalse(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name), name);
  assertEquals(name.normalize("NFC"), name);
  assert(name.isWellFormed(), name);
}

describe("sanitizeFilename()", () => {
  for (const [name, safe] of cases) {
    it(`makes ${JSON.stringify(safe)} of ${JSON.stringify(name)}`, () => {
      assertEquals(sanitizeFilename(name), safe);
      assertSafe(sanitizeFilename(name));
    });
  }

  it("cuts a long name, keeps its extension, and cuts no character", () => {
    for (const character of ["a", "å", "河", "📐"]) {
      const safe = sanitizeFilename(`${character.repeat(300)}.tar.gz`);
      assertSafe(safe);
      assert(safe.endsWith(".gz"), safe);
      assert(new TextEncoder().encode(safe).length > 255 - 4);
    }
    assertSafe(sanitizeFilename(`a.${"x".repeat(300)}`));
    assertSafe(sanitizeFilename(`${" .".repeat(200)}x${" .".repeat(200)}`));
  });

  it("cuts what a header can hold without trying every place", () => {
    // Trimming these by a regular expression takes seconds.
    const long = ".".repeat(1e6);
    for (
      const name of [`a${long}b`, `${" .".repeat(5e5)}`, `a${"/.".repeat(5e5)}`]
    ) {
      assertSafe(sanitizeFilename(name));
    }
    assertSafe(sanitizeFilename("a\u0316\u0301".repeat(2e5)));
  });

  it("is safe, and makes no more of its own result, for any mixture", () => {
    const pieces = [
      "..",
      "/",
      "\\",
      "C:",
      "con",
      "nul",
      ".",
      " ",
      "\0",
      "\n",
      ":",
      "a",
      "\u202e",
      "A\u030a",
      "\ud800",
      "\u00b9",
      "com",
      "_",
      "x".repeat(260),
    ];
    for (const first of pieces) {
      for (const second of pieces) {
        for (const third of pieces) {
          const safe = sanitizeFilename(first + second + third);
          assertSafe(safe);
          assertEquals(sanitizeFilename(safe), safe);
        }
      }
    }
  });
});
