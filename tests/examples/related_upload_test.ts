/**
 * Metadata and media in one request: both sides together, and each with other
 * peers.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { receive, upload } from "../../examples/related_upload.ts";
import { curl, curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { closeServer, listen } from "../driving/servers.ts";
import { root } from "../runtimes/names.ts";
import { google, needGoogleClient, parseInPython } from "./google_client.ts";
import { examplePath, runExample, startExample } from "./running.ts";

const path = examplePath("related_upload.ts");
const TYPE = "multipart/related; boundary=b";

/**
 * Starts the server in a folder of its own. Its objects are stored in
 * `objects`.
 */
async function serve(
  use: (url: string, folder: string, objects: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const server = await startExample([
      ...["deno", "serve", "--host=127.0.0.1", "--port=0", "--no-check"],
      // By default, Deno searches from the current folder.
      `--config=${join(root, "deno.json")}`,
      ...["--no-prompt", "--allow-read", "--allow-write", path],
    ], { cwd: folder });
    try {
      await use(server.url, folder, join(folder, "objects"));
    } finally {
      await server.close();
    }
  });
}

/** The start of a request: the metadata, and the head of the media part. */
function start(metadata: string): string {
  return `--b\r\nContent-Type: application/json\r\n\r\n${metadata}\r\n` +
    "--b\r\nContent-Type: image/jpeg\r\n\r\n";
}

describe("examples/related_upload.ts", () => {
  it("keeps what the client sends, with its own server", async () => {
    await serve(async (url, folder, objects) => {
      const media = randomBytes(3_000_017);
      const file = join(folder, "cat.jpg");
      await writeFile(file, media);
      const run = await runExample(["node", path, url, file, "image/jpeg"]);
      assertEquals(run.exitCode, 0, run.stderr);
      const [status, ...answer] = run.stdout.split(" ");
      assertEquals(status, "200");
      assertEquals(JSON.parse(answer.join(" ")), {
        name: "cat.jpg",
        contentType: "image/jpeg",
        size: media.length,
      });
      assert(media.equals(await readFile(join(objects, "cat.jpg"))));
      assertEquals(await readdir(objects), ["cat.jpg"]);
    });
  });

  it("keeps nothing of what is broken, or not meant so", async () => {
    await serve(async (url, _folder, objects) => {
      const post = async (body: string, type = TYPE) =>
        (await curlBody(url, type, Buffer.from(body))).status;
      const cut = start('{"name":"a"}') + "half".repeat(100_000);
      assertEquals(await post(cut), 400);
      for (const metadata of ['{"no":"name"}', "no JSON", "", "[]", '"a"']) {
        assertEquals(await post(`${start(metadata)}media\r\n--b--`), 400);
      }
      assertEquals(await post("--b\r\n\r\n{}\r\n--b--"), 400);
      assertEquals(await post("--b--"), 400);
      assertEquals((await curl("-d", "a=b", url)).status, 415);
      assertEquals(await readdir(objects), []);
    });
  });

  it("releases a request that it refuses", async () => {
    let isCancelled = false;
    const body = new ReadableStream({
      start(controller) {
        const bytes = new TextEncoder().encode(start("[]"));
        controller.enqueue(bytes);
      },
      cancel() {
        isCancelled = true;
      },
    });
    const headers = { "content-type": TYPE };
    const init = { method: "POST", headers, body, duplex: "half" } as const;
    const wrong = new Request("http://localhost/", init);
    assertEquals((await receive(wrong, "unused")).status, 400);
    assertEquals(isCancelled, true);
  });

  it("replaces an object when the new one is whole", async () => {
    await serve(async (url, _folder, objects) => {
      const put = (text: string) =>
        upload(url, { name: "a" }, new Blob([text])).then((r) => r.status);
      assertEquals(await put("old"), 200);
      const client = request(url, {
        method: "POST",
        headers: { "content-type": TYPE },
      });
      client.on("error", () => {}); // The test hangs up.
      client.write(start('{"name":"a"}') + "half".repeat(100_000));
      const deadline = Date.now() + 10_000;
      const untilCount = async (count: number) => {
        while ((await readdir(objects)).length !== count) {
          assert(Date.now() < deadline, `${await readdir(objects)}`);
          await sleep(20);
        }
      };
      await untilCount(2);
      assertEquals(await readFile(join(objects, "a"), "utf8"), "old");
      client.destroy();
      await untilCount(1);
      assertEquals(await readFile(join(objects, "a"), "utf8"), "old");
      assertEquals(await put("new"), 200);
      assertEquals(await readFile(join(objects, "a"), "utf8"), "new");
    });
  });
});

describe("examples/related_upload.ts and Google's client for Python", () => {
  it("keeps what it uploads", async () => {
    await needGoogleClient();
    await serve(async (url, folder, objects) => {
      const media = randomBytes(300_000);
      const file = join(folder, "cat.jpg");
      await writeFile(file, media);
      assertEquals(await google("upload", url, file, "../../mine.jpg"), {
        name: "../../mine.jpg",
        contentType: "image/jpeg",
        size: media.length,
      });
      assertEquals(await readdir(objects), ["mine.jpg"]);
      assert(media.equals(await readFile(join(objects, "mine.jpg"))));
    });
  });

  it("sends what Python's parser reads", async () => {
    await needGoogleClient();
    const media = randomBytes(100_000);
    const { promise: sent, resolve } = Promise.withResolvers<unknown>();
    const server = createServer(async (request, response) => {
      const { "content-type": type = "", "content-length": length } =
        request.headers;
      const body = await buffer(request);
      assertEquals(Number(length), body.length);
      assertEquals(/^multipart\/related; .*type=/.test(type), true);
      resolve(await parseInPython(type, body));
      response.end();
    });
    const url = await listen(server);
    const metadata = { name: "cat.jpg", contentType: "image/jpeg" };
    try {
      await upload(url, metadata, new Blob([media]));
    } finally {
      await closeServer(server);
    }
    const json = Buffer.from(JSON.stringify(metadata));
    assertEquals(await sent, [
      {
        headers: {
          "content-type": "application/json",
          "content-length": `${json.length}`,
        },
        body: json.toString("base64"),
      },
      {
        headers: {
          "content-type": "image/jpeg",
          "content-length": `${media.length}`,
        },
        body: media.toString("base64"),
      },
    ]);
  });
});
