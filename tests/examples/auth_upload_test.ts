/**
 * Refusals before the body is read, for curl and for a client that ignores
 * them.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { truncate, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { curl } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import {
  examplePath,
  runExample,
  type RunningExample,
  startExample,
} from "./running.ts";

const MiB = 1024 * 1024;
const BEARER = ["-H", "Authorization: Bearer secret"];

async function serve(
  use: (server: RunningExample) => Promise<void>,
): Promise<void> {
  const env = { TOKEN: "secret" };
  const server = await startExample(["node", examplePath("auth_upload.ts")], {
    env,
  });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

/**
 * Sends a form with curl. Returns the status, and how much of the body was
 * sent.
 */
async function send(
  ...args: string[]
): Promise<[status: number, sent: number]> {
  const format = "\n%{size_upload}\n%{http_code}";
  const { status, body } = await curl("--write-out", format, ...args);
  return [status, Number(body.split("\n").at(-1))];
}

/** Sends raw bytes. Returns everything that is received until the end. */
async function sendRaw(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(bytes);
  return await text(socket);
}

describe("examples/auth_upload.ts", () => {
  it("takes the form of one who is known", async () => {
    await inFolder(async (folder) => {
      const file = join(folder, "cat.jpg");
      await writeFile(file, "");
      await truncate(file, 10 * MiB);
      await serve(async ({ url }) => {
        const answer = await curl(...BEARER, "-F", `file=@${file}`, url);
        assertEquals(answer, { status: 200, body: `${10 * MiB} bytes\n` });
        const small = await curl(...BEARER, "-F", "field=small", url);
        assertEquals(small, { status: 200, body: "5 bytes\n" });
      });
    });
  });

  it("refuses before curl has sent one byte of the body", async () => {
    await inFolder(async (folder) => {
      const file = join(folder, "large.bin");
      await writeFile(file, "");
      await truncate(file, 65 * MiB);
      const form = ["-F", `file=@${file}`];
      await serve(async ({ url }) => {
        assertEquals(await send(...form, url), [403, 0]);
        const wrong = ["-H", "Authorization: Bearer secrets"];
        assertEquals(await send(...wrong, ...form, url), [403, 0]);
        assertEquals(await send(...BEARER, ...form, url), [413, 0]);
      });
    });
  });

  it("refuses by the head alone, and hangs up, where nobody asks", async () => {
    await serve(async ({ url }) => {
      const head = (...fields: string[]) =>
        ["POST / HTTP/1.1", "Host: a", ...fields].join("\r\n") + "\r\n\r\n";
      // The body never arrives, so the server must not wait for it.
      const unknown = await sendRaw(url, head("Content-Length: 1000"));
      assertMatch(unknown, /^HTTP\/1\.1 403 [^]*\r\nconnection: close\r\n/i);
      const large = await sendRaw(
        url,
        head("Authorization: Bearer secret", `Content-Length: ${65 * MiB}`),
      );
      assertMatch(large, /^HTTP\/1\.1 413 [^]*\r\nconnection: close\r\n/i);
    });
  });

  it("counts where no length is declared", async () => {
    await inFolder(async (folder) => {
      const file = join(folder, "large.bin");
      await writeFile(file, "");
      await truncate(file, 100 * MiB);
      await serve(async ({ url }) => {
        const chunked = ["-H", "Transfer-Encoding: chunked", "-H", "Expect:"];
        const form = ["-F", `file=@${file}`];
        const [status, sent] = await send(...BEARER, ...chunked, ...form, url);
        assertEquals(status, 413);
        assert(sent < 100 * MiB, `${sent} bytes`);
      });
    });
  });

  it("answers a broken form with 400", async () => {
    await serve(async ({ url }) => {
      const type = "Content-Type: multipart/form-data; boundary=b";
      const args = ["-H", type, "-d", "--b\r\nbroken"];
      assertEquals((await curl(...BEARER, ...args, url)).status, 400);
    });
  });

  it("does not start without a token", async () => {
    const path = examplePath("auth_upload.ts");
    const { exitCode, stderr } = await runExample(["node", path], {
      env: { TOKEN: "" },
    });
    assertEquals(exitCode, 1);
    assertMatch(stderr, /Cannot start: TOKEN is not set/);
  });
});
