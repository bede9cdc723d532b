/**
 * Resumable uploads beside forms: a tus client whose connections break, and
 * curl.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { curl } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { urlOf } from "../driving/servers.ts";
import { checkTypes } from "./check_types.ts";
import { installPackages } from "./install_packages.ts";
import { examplePath, runExample, startExample } from "./running.ts";

const folder = examplePath("resumable");
const MiB = 1024 * 1024;

/** The start of an MP4, followed by more bytes. */
const film = Buffer.concat([
  Buffer.from("\0\0\0\x18ftyp"),
  randomBytes(6 * MiB),
]);

/** The line that the client prints at the end. */
const SENT = /^Sent as .*\/films\/(\w+)$/m;

interface Running {
  url: string;
  /** Saves bytes to a file to send. */
  fileOf(bytes: Uint8Array): Promise<string>;
  /** Returns the names of the files that the server keeps. */
  kept(): Promise<string[]>;
  read(name: string): Promise<Buffer>;
}

async function serve(use: (running: Running) => Promise<void>): Promise<void> {
  await installPackages(folder, "A package of examples/resumable");
  await inFolder(async (sent) => {
    await inFolder(async (uploads) => {
      const server = await startExample(["node", join(folder, "server.ts")], {
        env: { FOLDER: uploads },
      });
      let count = 0;
      try {
        await use({
          url: `${server.url}films`,
          async fileOf(bytes) {
            const path = join(sent, `${count++}.mp4`);
            await writeFile(path, bytes);
            return path;
          },
          kept: () => readdir(uploads),
          read: (name) => readFile(join(uploads, name)),
        });
      } finally {
        await server.close();
      }
    });
  });
}

/** Sends a file with the example's client. */
function send(url: string, path: string) {
  return runExample(["node", join(folder, "client.ts"), url, path]);
}

/**
 * Forwards connections between a client and a server, and breaks them.
 *
 * @param breaks The numbers of bytes from the client, over all connections,
 *   after which a connection breaks.
 */
async function withBreaks(
  url: string,
  breaks: number[],
  use: (url: string) => Promise<void>,
): Promise<void> {
  const { port, pathname } = new URL(url);
  let total = 0;
  const proxy = createServer((client) => {
    const server = connect(Number(port), "127.0.0.1");
    const close = () => {
      client.destroy();
      server.destroy();
    };
    client.on("data", (bytes) => {
      server.write(bytes);
      total += bytes.length;
      if (total < (breaks[0] ?? Infinity)) return;
      breaks.shift();
      client.destroy();
    });
    server.pipe(client);
    client.on("error", close).on("close", () => server.end());
    server.on("error", close).on("close", close);
  });
  await new Promise<void>((resolve) =>
    proxy.listen(0, "127.0.0.1", () => resolve())
  );
  try {
    await use(new URL(pathname, urlOf(proxy)).href);
  } finally {
    proxy.close();
  }
}

describe("examples/resumable", () => {
  it("goes on where the connection broke, and keeps all of the film", async () => {
    await serve(async ({ url, fileOf, kept, read }) => {
      const path = await fileOf(film);
      await withBreaks(url, [2 * MiB, 5 * MiB], async (broken) => {
        const { exitCode, stdout, stderr } = await send(broken, path);
        assertEquals(exitCode, 0, stderr);
        const offsets = [...stdout.matchAll(/Sending from byte (\d+)/g)]
          .map(([, offset]) => Number(offset));
        assertEquals([offsets.length, offsets[0]], [3, 0], stdout);
        assert((offsets[1] ?? 0) > MiB && (offsets[2] ?? 0) > 4 * MiB, stdout);
        const [, id = ""] = SENT.exec(stdout) ?? [];
        assert((await read(id)).equals(film));
        assertEquals((await kept()).toSorted(), [id, `${id}.json`]);
      });
      assertEquals(await (await fetch(url)).json(), [{ size: film.length }]);
    });
  });

  it("takes a form on the same route, into the same folder", async () => {
    await serve(async ({ url, fileOf, kept, read }) => {
      const path = await fileOf(film);
      assertEquals((await curl("-F", `film=@${path}`, url)).status, 201);
      const { stdout } = await send(url, path);
      const [, id = ""] = SENT.exec(stdout) ?? [];
      // The server does not return uploads, so no client gets the files of
      // others.
      assertEquals((await fetch(`${url}/${id}`)).status, 404);
      const names = (await kept()).filter((name) => !name.endsWith(".json"));
      assertEquals(names.length, 2);
      for (const name of names) assert((await read(name)).equals(film));
      const both = [{ size: film.length }, { size: film.length }];
      assertEquals(await (await fetch(url)).json(), both);
    });
  });

  it("rejects by either way what is not a film, and keeps none of it", async () => {
    await serve(async ({ url, fileOf, kept }) => {
      const path = await fileOf(randomBytes(MiB));
      const form = await curl("-F", `film=@${path}`, url);
      assertEquals(form.status, 415);
      const { exitCode, stderr } = await send(url, path);
      assertEquals(exitCode, 1);
      assertMatch(stderr, /response code: 415/);
      const create = ["-X", "POST", "-H", "Tus-Resumable: 1.0.0"];
      const large = ["-H", "Upload-Length: 5000000001"];
      assertEquals((await curl(...create, ...large, url)).status, 413);
      const other = new URL("/other", url).href;
      const small = ["-H", "Upload-Length: 5"];
      assertEquals((await curl(...create, ...small, other)).status, 404);
      assertEquals(await kept(), []);
      assertEquals(await (await fetch(url)).json(), []);
    });
  });

  it("fits the packages' types", async () => {
    await installPackages(folder, "A package of examples/resumable");
    const { fileNames, problems } = checkTypes(join(folder, "tsconfig.json"));
    assertEquals([fileNames.length, problems], [2, ""]);
  });
});
