/** What the downloads save on each runtime. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { download } from "../../examples/download.ts";
import { inFolder } from "../driving/folders.ts";
import { withServer } from "../driving/servers.ts";
import { examplePath, onEachRuntime, runExample } from "./running.ts";

const BOUNDARY = "b";
const MIXED = { "content-type": `multipart/mixed; boundary=${BOUNDARY}` };

function part(fields: string, body: Uint8Array | string): Uint8Array {
  return Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\n${fields}\r\n\r\n`),
    Buffer.from(body),
    Buffer.from("\r\n"),
  ]);
}

function attachment(filename: string, body: Uint8Array | string): Uint8Array {
  const fields = `Content-Disposition: attachment; filename="${filename}"`;
  return part(fields, body);
}

const END = Buffer.from(`--${BOUNDARY}--\r\n`);

const runtimes = onEachRuntime(
  examplePath("download.ts"),
  "--allow-net",
  "--allow-read",
  "--allow-write",
);

for (const { name, command } of runtimes) {
  describe(`examples/download.ts on ${name}`, () => {
    it("saves each part under its own name, made safe", async () => {
      const large = randomBytes(3_000_017);
      const parts = [
        attachment("large.bin", large),
        attachment("../../evil.sh", "evil"),
        attachment("large.bin", "the same name"),
        part("Content-Disposition: form-data; name=field", "named"),
        part("Content-Type: text/plain", "nameless"),
        part(
          'Content-Disposition: attachment; filename="encoded.txt"\r\n' +
            "Content-Transfer-Encoding: base64",
          "T3Nsbw==",
        ),
        END,
      ];
      await withServer((_request, response) => {
        response.writeHead(200, MIXED).end(Buffer.concat(parts));
      }, (url) =>
        inFolder(async (around) => {
          const folder = join(around, "saved", "here");
          const { exitCode, stdout, stderr } = await runExample([
            ...command,
            url,
            folder,
          ]);
          assertEquals(stderr, "");
          assertEquals(exitCode, 0);
          const expected: [string, Uint8Array | string][] = [
            ["large.bin", large],
            ["evil.sh", "evil"],
            ["1 large.bin", "the same name"],
            ["field", "named"],
            ["part 4", "nameless"],
            ["encoded.txt", "Oslo"],
          ];
          assertEquals(
            stdout,
            expected.map(([name]) => `${join(folder, name)}\n`).join(""),
          );
          for (const [name, body] of expected) {
            const saved = await readFile(join(folder, name));
            assert(saved.equals(Buffer.from(body)), name);
          }
          assertEquals(await readdir(around), ["saved"]);
          assertEquals((await readdir(folder)).length, expected.length);
        }));
    });

    it("saves a single body under the name in its URL", async () => {
      const body = randomBytes(1_000_000);
      await withServer((request, response) => {
        if (request.url === "/films/oslo.mp4?size=1") response.end(body);
        else response.writeHead(404).end();
      }, (url) =>
        inFolder(async (folder) => {
          const film = `${url}films/oslo.mp4?size=1`;
          // An existing file is not overwritten.
          await writeFile(join(folder, "oslo.mp4"), "another");
          const found = await runExample([...command, film, folder]);
          assertEquals(found.exitCode, 0, found.stderr);
          assert(body.equals(await readFile(join(folder, "1 oslo.mp4"))));
          assertEquals(
            await readFile(join(folder, "oslo.mp4"), "utf8"),
            "another",
          );
          const missing = await runExample([...command, url, folder]);
          assertEquals(missing.exitCode, 1);
          assertMatch(missing.stderr, /Cannot load http.*: 404/);
          assertEquals((await readdir(folder)).length, 2);
        }));
    });

    it("keeps the parts that are whole when the answer breaks off", async () => {
      await withServer((_request, response) => {
        response.writeHead(200, MIXED);
        response.write(attachment("whole", "whole"));
        response.end(attachment("half", randomBytes(200_000)));
      }, (url) =>
        inFolder(async (folder) => {
          const { exitCode, stderr } = await runExample([
            ...command,
            url,
            folder,
          ]);
          assertEquals(exitCode, 1);
          assertMatch(
            stderr,
            /MultipartError: Cannot read the body: it ends in part 1/,
          );
          assertEquals(await readdir(folder), ["whole"]);
        }));
    });
  });
}

describe("download()", () => {
  it("has saved a part before the next one is sent", async () => {
    const { promise: saved, resolve } = Promise.withResolvers<void>();
    await withServer(async (_request, response) => {
      response.writeHead(200, MIXED);
      response.write(attachment("first", "1"));
      response.write(`--${BOUNDARY}\r\n`);
      await saved;
      response.end(`\r\nsecond\r\n--${BOUNDARY}--`);
    }, (url) =>
      inFolder(async (folder) => {
        const paths: string[] = [];
        for await (const path of download(url, folder)) {
          assert(existsSync(path));
          paths.push(path);
          resolve();
        }
        assertEquals(paths, [join(folder, "first"), join(folder, "part 1")]);
      }));
  });
});
