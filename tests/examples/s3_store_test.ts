/** Stores files with S3's own client in a server that is compatible with S3. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { assertRefuses } from "./hostile_requests.ts";
import { examplePath, startExample } from "./running.ts";
import { installS3, s3Packages, startS3 } from "./s3_server.ts";

const MiB = 1024 * 1024;
const FORM_TYPE = "multipart/form-data; boundary=b";
interface Running {
  url: string;
  /** Returns all files of the S3 server: objects and parts of uploads. */
  kept(): Promise<string[]>;
  /** Returns the bytes of an object. */
  read(key: string): Promise<Buffer>;
}

async function serve(use: (running: Running) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const s3 = await startS3(folder);
    const server = await startExample([
      "node",
      `--import=${join(s3Packages, "find_aws_sdk.js")}`,
      examplePath("stores/s3.ts"),
    ], {
      env: {
        AWS_ENDPOINT_URL: s3.url,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "S3RVER",
        AWS_SECRET_ACCESS_KEY: "S3RVER",
      },
    });
    try {
      await use({
        url: server.url,
        async kept() {
          const all = await readdir(join(folder, "uploads"), {
            recursive: true,
            withFileTypes: true,
          });
          return all.filter((entry) => entry.isFile())
            .map(({ parentPath, name }) => join(parentPath, name))
            .filter((path) => !/_metadata.json$|[.]md5$/.test(path));
        },
        read: (key) =>
          readFile(join(folder, "uploads", `${key}._S3rver_object`)),
      });
    } finally {
      await server.close();
      await s3.close();
    }
  });
}

function head(filename: string): string {
  return "--b\r\nContent-Disposition: form-data; " +
    `name="scans"; filename="${filename}"\r\n\r\n`;
}

const sha256 = (bytes: Uint8Array) =>
  createHash("sha256").update(bytes).digest("hex");

// It may take longer than the limit of a test.
test("S3's client can be installed", { timeout: 300_000 }, installS3);

describe("examples/stores/s3.ts", () => {
  it("stores files of any size, each under a key of its own", () =>
    serve(async ({ url, kept, read }) => {
      const sizes = [0, 1, 5 * MiB - 1, 5 * MiB, 12 * MiB + 1];
      const files = sizes.map((size) => randomBytes(size));
      const form = Buffer.concat([
        ...files.flatMap((bytes, index) => [
          Buffer.from(head(`../${index}.pdf`)),
          bytes,
          Buffer.from("\r\n"),
        ]),
        Buffer.from("--b--\r\n"),
      ]);
      const { status, body } = await curlBody(url, FORM_TYPE, form);
      assertEquals(status, 200, body);
      const { scans }: { scans: { key: string; filename: string }[] } = JSON
        .parse(body);
      assertEquals(scans.map(({ filename }) => filename), [
        "0.pdf",
        "1.pdf",
        "2.pdf",
        "3.pdf",
        "4.pdf",
      ]);
      for (const [index, { key }] of scans.entries()) {
        assertMatch(key, /^[0-9a-f-]{36}$/);
        assertEquals(
          sha256(await read(key)),
          sha256(files[index] ?? Buffer.of()),
        );
      }
      assertEquals((await kept()).length, sizes.length);
    }));

  it("leaves neither objects nor parts of a form that fails", () =>
    serve(async ({ url, kept }) => {
      const begun = [
        Buffer.from(`${head("whole")}whole\r\n${head("half")}`),
        randomBytes(12 * MiB),
      ];
      const unknown = Buffer.from(
        '\r\n--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n--b--',
      );
      const broken = await curlBody(url, FORM_TYPE, Buffer.concat(begun));
      assertEquals(broken.status, 400, broken.body);
      assertEquals(await kept(), []);
      const refused = await curlBody(
        url,
        FORM_TYPE,
        Buffer.concat([...begun, unknown]),
      );
      assertEquals(refused.status, 400, refused.body);
      assertMatch(refused.body, /"x"/);
      assertEquals(await kept(), []);
    }));

  it("refuses hostile requests, and tells nothing of itself", () =>
    serve(async ({ url, kept }) => {
      await assertRefuses({ url }, ["form-data", "urlencoded"]);
      assertEquals(await kept(), []);
    }));

  it("leaves neither objects nor parts when the client hangs up", () =>
    serve(async ({ url, kept }) => {
      const client = request(url, {
        method: "POST",
        headers: { "content-type": FORM_TYPE, "content-length": 100 * MiB },
      });
      client.on("error", () => {}); // The test hangs up.
      client.write(`${head("whole")}whole\r\n${head("half")}`);
      client.write(randomBytes(12 * MiB));
      const deadline = Date.now() + 20_000;
      const until = async (isSo: (kept: string[]) => boolean) => {
        for (;;) {
          const now = await kept();
          if (isSo(now)) return;
          assert(Date.now() < deadline, now.join());
          await sleep(20);
        }
      };
      const isPart = (path: string) =>
        /uploads[/\\][^/\\]+[/\\]\d+$/.test(path);
      await until((kept) => kept.filter(isPart).length === 2);
      client.destroy();
      await until((kept) => kept.length === 0);
    }));
});
