/**
 * A real nginx in front of the backend: bodies in files, and streamed bodies.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { nginx, pathOf } from "../driving/commands.ts";
import { curl, curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { freePort, isOpen, withServer } from "../driving/servers.ts";
import { examplePath, startExample } from "./running.ts";

const MiB = 1024 * 1024;
const TOKEN = ["-H", "Authorization: Bearer secret"];

/**
 * Runs nginx in a folder with the example's configuration, but on other ports.
 *
 * @param use Receives nginx's URL, and the folder of the bodies.
 */
async function withNginx(
  backendPort: number,
  use: (url: string, bodies: string) => Promise<void>,
): Promise<void> {
  const path = pathOf(nginx);
  const config = await readFile(examplePath("nginx/nginx.conf"), "utf8");
  const port = await freePort();
  await inFolder(async (folder) => {
    await writeFile(
      join(folder, "nginx.conf"),
      config.replace(":8080", `:${port}`).replace(":8000", `:${backendPort}`),
    );
    // If root starts it, nginx would otherwise switch to another user.
    const asRoot = process.getuid?.() === 0 ? ["-g", "user root;"] : [];
    const args = ["-p", folder, "-c", "nginx.conf", "-e", "stderr", ...asRoot];
    const child = spawn(path, args, { stdio: ["ignore", "ignore", "pipe"] });
    const closed = once(child, "close");
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text) => errors += text);
    try {
      while (!await isOpen(port)) {
        if (child.exitCode !== null) throw new Error(`nginx ended: ${errors}`);
        await sleep(20);
      }
      await use(`http://127.0.0.1:${port}/`, join(folder, "bodies"));
    } finally {
      child.kill();
      await closed;
    }
  });
}

/** Runs nginx in front of the example's backend. */
async function serve(
  use: (url: string, bodies: string) => Promise<void>,
): Promise<void> {
  const command = ["node", examplePath("nginx/backend.ts")];
  const backend = await startExample(command, { env: { TOKEN: "secret" } });
  try {
    await withNginx(Number(new URL(backend.url).port), use);
  } finally {
    await backend.close();
  }
}

/**
 * Runs nginx in front of a backend that accepts everyone and passes each
 * request to `look`.
 */
async function serveProbe(
  look: (request: IncomingMessage) => void | Promise<void>,
  use: (url: string, bodies: string) => Promise<void>,
): Promise<void> {
  await withServer(async (request, response) => {
    if (request.url !== "/auth") await look(request);
    request.resume().on("error", () => {});
    response.writeHead(204).end();
  }, (url) => withNginx(Number(new URL(url).port), use));
}

/** Sends with curl. Returns the status, and how much of the body was sent. */
async function send(
  ...args: string[]
): Promise<[status: number, sent: number]> {
  const format = "\n%{size_upload}\n%{http_code}";
  const { status, body } = await curl("--write-out", format, ...args);
  return [status, Number(body.split("\n").at(-1))];
}

function testNginx(): void {
  for (const path of ["file", "stream"]) {
    describe(`examples/nginx, /${path}`, () => {
      it("hands over the files that curl sends, and keeps none", async () => {
        const sizes = [0, 1000, 20 * MiB + 17];
        const bodies = sizes.map((size) => randomBytes(size));
        await inFolder(async (folder) => {
          const forms = ["-F", "field=x"];
          for (const [index, bytes] of bodies.entries()) {
            const file = join(folder, `${index}.bin`);
            await writeFile(file, bytes);
            forms.push("-F", `f=@${file}`);
          }
          await serve(async (url, kept) => {
            const answer = await curl(...TOKEN, ...forms, `${url}${path}`);
            assertEquals(answer.status, 200, answer.body);
            assertEquals(
              JSON.parse(answer.body),
              bodies.map((bytes, index) => ({
                filename: `${index}.bin`,
                size: bytes.length,
                sha256: createHash("sha256").update(bytes).digest("hex"),
              })),
            );
            assertEquals(await readdir(kept), []);
          });
        });
      });

      it("refuses before one byte of the body is sent", async () => {
        await inFolder(async (folder) => {
          const file = join(folder, "large.bin");
          await writeFile(file, "");
          await truncate(file, 5 * MiB);
          const huge = join(folder, "huge.bin");
          await writeFile(huge, "");
          await truncate(huge, 10 * 1024 * MiB + 1);
          await serve(async (url) => {
            const form = ["-F", `f=@${file}`, `${url}${path}`];
            assertEquals(await send(...form), [403, 0]);
            const wrong = ["-H", "Authorization: Bearer wrong"];
            assertEquals(await send(...wrong, ...form), [403, 0]);
            const tooLarge = ["-F", `f=@${huge}`, `${url}${path}`];
            assertEquals(await send(...TOKEN, ...tooLarge), [413, 0]);
          });
        });
      });

      it("answers 400 for a broken form", async () => {
        await serve(async (url, kept) => {
          const type = "Content-Type: multipart/form-data; boundary=b";
          const args = [...TOKEN, "-H", type, "--data-binary", "--b\r\nbroken"];
          assertEquals((await curl(...args, `${url}${path}`)).status, 400);
          assertEquals(await readdir(kept), []);
        });
      });

      it("lets no client name a file", async () => {
        await inFolder(async (folder) => {
          const file = join(folder, "secret");
          const form = "--b\r\nContent-Disposition: form-data; " +
            "name=f; filename=secret\r\n\r\nsecret\r\n--b--\r\n";
          await writeFile(file, form);
          await serve(async (url) => {
            const answer = await curl(
              ...TOKEN,
              ...["-H", `X-Body-File: ${file}`],
              ...["-H", "Content-Type: multipart/form-data; boundary=b"],
              ...["--data-binary", form.replaceAll("secret", "mine")],
              `${url}${path}`,
            );
            assertEquals(answer.status, 200, answer.body);
            const [{ filename }] = JSON.parse(answer.body);
            assertEquals(filename, "mine");
          });
        });
      });
    });
  }

  describe("examples/nginx", () => {
    const head = '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n';
    const headers = {
      "content-type": "multipart/form-data; boundary=b",
      "content-length": 10 * MiB,
    };

    it("streams a body to the backend while it comes", async () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const onRequest = (request: IncomingMessage) => {
        request.once("data", (chunk) => resolve(String(chunk)));
      };
      await serveProbe(onRequest, async (url) => {
        const method = "POST";
        const client = request(`${url}stream`, { method, headers });
        client.on("error", () => {}); // The test hangs up.
        client.write(head);
        // Only this has been sent so far.
        assertEquals(await promise, head);
        client.destroy();
      });
    });

    it("hands a body over when all of it is in its file", async () => {
      let isWhole = false;
      const handedOver: unknown[] = [];
      const onRequest = async ({ headers }: IncomingMessage) => {
        const file = await readFile(String(headers["x-body-file"]));
        const { "content-length": length = "none" } = headers;
        handedOver.push(isWhole, length, body.equals(file));
      };
      const body = Buffer.concat([Buffer.from(head), randomBytes(MiB)]);
      await serveProbe(onRequest, async (url, kept) => {
        const client = request(`${url}file`, {
          method: "POST",
          headers: { ...headers, "content-length": body.length },
        });
        const responded = once(client, "response");
        client.write(body.subarray(0, MiB / 2));
        // Waits until some of it is in the file.
        while ((await readdir(kept)).length === 0) await sleep(10);
        isWhole = true;
        client.end(body.subarray(MiB / 2));
        await responded;
        assertEquals(handedOver, [true, "none", true]);
      });
    });

    it("has nothing but these two", async () => {
      await serve(async (url) => {
        const get = async (path: string) =>
          (await curl(...TOKEN, `${url}${path}`)).status;
        assertEquals(await get("auth"), 404);
        assertEquals(await get(""), 404);
        const empty = Buffer.of();
        assertEquals((await curlBody(`${url}file`, "a/b", empty)).status, 403);
      });
    });
  });
}

describe("examples/nginx/backend.ts", () => {
  it("opens no file for what is not a form, and lives on without one", async () => {
    const command = ["node", examplePath("nginx/backend.ts")];
    const backend = await startExample(command, { env: { TOKEN: "secret" } });
    const status = async (type: string) => {
      const gone = "X-Body-File: /nowhere/body";
      const head = ["-H", gone, "-H", `Content-Type: ${type}`];
      return (await curl("-X", "POST", ...head, `${backend.url}file`)).status;
    };
    try {
      for (let times = 0; times < 2; times++) {
        assertEquals(await status("text/plain"), 415);
        assertEquals(await status("multipart/form-data; boundary=b"), 500);
      }
      assertEquals(backend.isAlive(), true);
      const body = new FormData();
      body.append("file", new File(["x"], "x.txt"));
      const answer = await fetch(`${backend.url}stream`, {
        method: "POST",
        body,
      });
      assertEquals(answer.headers.get("content-type"), "application/json");
      assertEquals((await answer.json()).length, 1);
    } finally {
      await backend.close();
    }
  });
});

testNginx();
