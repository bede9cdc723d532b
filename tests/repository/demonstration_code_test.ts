/** Proves that the code that the demonstration shows is code that is tested. */
import { assert, assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../runtimes/names.ts";

const read = (path: string) =>
  readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");

it("the demonstration shows the README's programs, by runtime", () => {
  const page = read("examples/upload/page/index.html");
  const shown = [
    ...page.matchAll(
      /aria-label="The server on ([^"]+)"><code>([^]*?)<\/code>/g,
    ),
  ];
  assertEquals(
    shown.map(([, runtime]) => runtime),
    ["Deno", "Bun", "Node", "Cloudflare Workers"],
  );
  const readme = read("README.md");
  for (const [, runtime, code = ""] of shown) {
    const program = code.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&");
    assert(
      readme.includes(`\`\`\`ts\n${program}\`\`\`\n`),
      `Copy the README's program for ${runtime} into ` +
        "examples/upload/page/index.html",
    );
  }
});
