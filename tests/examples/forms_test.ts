/** The examples that read a form in one call, each with a client. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { inFolder } from "../driving/folders.ts";
import { examplePath, type RunningProcess, startExample } from "./running.ts";

const starts: Record<string, (folder: string) => Promise<RunningProcess>> = {
  "express.js": (folder) =>
    startExample(["node", examplePath("forms/express.js"), folder]),
  "fastify.ts": (folder) =>
    startExample(["node", examplePath("forms/fastify.ts"), folder]),
  "hono.ts": (folder) =>
    startExample(["bun", examplePath("forms/hono.ts")], {
      env: { FOLDER: folder },
    }),
  "deno.ts": (folder) =>
    startExample([
      "deno",
      "run",
      "--no-prompt",
      "--no-check",
      "--allow-net",
      "--allow-env",
      "--allow-read",
      "--allow-write",
      examplePath("forms/deno.ts"),
      folder,
    ]),
};

interface Saved {
  path: string;
  size: number;
  filename: string;
  type: string;
}

const picture = randomBytes(1_000_000);

function pictures(count: number, type = "image/png", body = picture): FormData {
  const form = new FormData();
  form.append("title", "River");
  for (let index = 0; index < count; index++) {
    form.append("gallery", new File([body], `../${index}.png`, { type }));
  }
  return form;
}

function send(url: string, body: BodyInit, type?: string): Promise<Response> {
  const headers = type === undefined ? undefined : { "content-type": type };
  return fetch(url, { method: "POST", body, ...(headers && { headers }) });
}

for (const [name, start] of Object.entries(starts)) {
  describe(`examples/forms/${name}`, () => {
    it("has 25 lines", async () => {
      const text = await readFile(examplePath(`forms/${name}`), "utf8");
      const code = text.trimEnd().split("\n").filter((line) =>
        !line.startsWith("//")
      );
      assert(code.length <= 25, `${code.length} lines`);
    });

    it("saves what fits, answers what does not, and leaves nothing of that", () =>
      inFolder(async (folder) => {
        const server = await start(folder);
        try {
          const refused: [BodyInit, number, RegExp, string?][] = [
            [pictures(9), 413, /gallery/],
            [pictures(1, "text/html"), 415, /gallery/],
            [pictures(1, "image/png", Buffer.alloc(5_000_001)), 413, /gallery/],
            [new URLSearchParams({ title: "River", x: "" }), 400, /"x"/],
            ["{}", 415, /application\/json/, "application/json"],
            [
              `--b\r\nContent-Disposition: form-data; name="gallery"; filename="a"\r\n` +
              "Content-Type: image/png\r\n\r\nwhole\r\n" +
              `--b\r\nContent-Disposition: form-data; name="gallery"; filename="b"\r\n` +
              "Content-Type: image/png\r\n\r\nhal",
              400,
              /ends/,
              "multipart/form-data; boundary=b",
            ],
          ];
          for (const [body, status, message, type] of refused) {
            const response = await send(server.url, body, type);
            const text = await response.text();
            assertEquals(response.status, status, text);
            assertMatch(text, message);
            assertEquals(await readdir(folder), []);
          }
          const response = await send(server.url, pictures(8));
          const { title, gallery }: { title: string; gallery: Saved[] } =
            await response.json();
          assertEquals([response.status, title, gallery.length], [
            200,
            "River",
            8,
          ]);
          assertEquals((await readdir(folder)).length, 8);
          const [first] = gallery;
          assert(first);
          assertEquals([first.filename, first.size, first.type], [
            "0.png",
            picture.length,
            "image/png",
          ]);
          assert(picture.equals(await readFile(first.path)));
        } finally {
          await server.close();
        }
      }));
  });
}
