import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { urlOn } from "../../examples/http_message.ts";
import { hasValidHost } from "../../examples/valid_host.ts";

/** Values of Host. An invalid one would change which path the URL has. */
const hosts: Record<string, string[]> = {
  valid: [
    ...["localhost", "LOCALHOST:8000", "a-b.example", "a_b", "127.0.0.1:1"],
    ...["[::1]", "[::ffff:127.0.0.1]:80", "xn--bcher-kva.example", "a:"],
  ],
  invalid: [
    ...["localhost/raw?", "localhost/raw#", "localhost?", "localhost#", "a/b"],
    ...[
      "",
      "a@b",
      "a b",
      "a\\b",
      "a:b",
      "a,b",
      "[::1",
      "::1",
      "a%2fb",
      "a:1/b",
    ],
    ...["[::1]/raw?", "[a/b]", "\u00fc"],
  ],
};

/** Paths, and how a URL on the server `http://localhost:8000` has them. */
const paths: Record<string, string> = {
  "/a?b": "/a?b",
  "//other.example/a": "//other.example/a",
  "/\\other.example/a": "//other.example/a",
  "/@other.example": "/@other.example",
  "/../a": "/a",
};

describe("T23 Host in a URL", () => {
  for (const [name, texts] of Object.entries(hosts)) {
    it(`a Host that is ${name} is known`, () => {
      for (const host of texts) {
        const headers = new Headers({ host });
        assertEquals(hasValidHost(headers), name === "valid", host);
      }
    });
  }

  it("a request without Host has none to be invalid", () => {
    assertEquals(hasValidHost(new Headers()), true);
  });

  it("a path of a batch stays on the batch's own server", () => {
    for (const [path, expected] of Object.entries(paths)) {
      const url = new URL(urlOn("http://localhost:8000/batch?a", path));
      assertEquals(url.origin, "http://localhost:8000", path);
      assertEquals(url.pathname + url.search, expected, path);
    }
    for (const path of ["", "*", "a", "@other.example/", "http://a/"]) {
      assertThrows(() => urlOn("http://localhost:8000/batch", path), TypeError);
    }
  });
});
