/** Posts files to a server that is compatible with S3. */
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  type MultipartRequestInit,
  MultipartWriter,
} from "@tributary/multipart";
import { postFile, presignPost, sign } from "../../examples/s3_post_policy.ts";
import { inFolder } from "../driving/folders.ts";
import { examplePath, onEachRuntime, runExample } from "./running.ts";
import { installS3, startS3 } from "./s3_server.ts";

// The values of the example in S3's documentation.
const signer = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  region: "us-east-1",
};
const FILE = randomBytes(6 * 1024 * 1024 + 1);

/**
 * Starts a server, and makes a file to send and a function that reads an
 * object.
 */
function serve(
  use: (
    url: string,
    path: string,
    read: (key: string) => Promise<Buffer>,
  ) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const path = join(folder, "film.mp4");
    await writeFile(path, FILE);
    const server = await startS3(folder);
    try {
      await use(
        server.url,
        path,
        (key) => readFile(join(folder, "uploads", `${key}._S3rver_object`)),
      );
    } finally {
      await server.close();
    }
  });
}

/** A form for one object. */
function fieldsFor(key: string): Record<string, string> {
  const expires = new Date(Date.now() + 60_000);
  const allowed = { bucket: "uploads", key, maxBytes: FILE.length, expires };
  return presignPost(signer, allowed);
}

// It may take longer than the limit of a test.
test("S3's client can be installed", { timeout: 300_000 }, installS3);

describe("examples/s3_post_policy.ts", () => {
  it("signs as the example in S3's documentation does", () => {
    // The line breaks and spaces are part of the signed text.
    const policy = [
      '{ "expiration": "2015-12-30T12:00:00.000Z",',
      '  "conditions": [',
      '    {"bucket": "sigv4examplebucket"},',
      '    ["starts-with", "$key", "user/user1/"],',
      '    {"acl": "public-read"},',
      '    {"success_action_redirect": ' +
      '"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
      '    ["starts-with", "$Content-Type", "image/"],',
      '    {"x-amz-meta-uuid": "14365123651274"},',
      '    {"x-amz-server-side-encryption": "AES256"},',
      '    ["starts-with", "$x-amz-meta-tag", ""],',
      "",
      '    {"x-amz-credential": ' +
      '"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
      '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
      '    {"x-amz-date": "20151229T000000Z" }',
      "  ]",
      "}",
    ].join("\r\n");
    assertEquals(
      sign(
        signer.secretAccessKey,
        "20151229/us-east-1/s3/aws4_request",
        Buffer.from(policy).toString("base64"),
      ),
      "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
    );
  });

  it("has a condition for each field that S3 wants one for", () => {
    const { policy = "", ...fields } = presignPost(signer, {
      bucket: "films",
      key: "a/b.mp4",
      maxBytes: 10,
      expires: new Date("2026-01-02T04:05:06Z"),
    }, new Date("2026-01-02T03:04:05.678Z"));
    const signed = {
      key: "a/b.mp4",
      "x-amz-algorithm": "AWS4-HMAC-SHA256",
      "x-amz-credential":
        "AKIAIOSFODNN7EXAMPLE/20260102/us-east-1/s3/aws4_request",
      "x-amz-date": "20260102T030405Z",
    };
    const { "x-amz-signature": signature = "", ...others } = fields;
    assertEquals(others, signed);
    assertEquals(signature.length, 64);
    assertEquals(JSON.parse(Buffer.from(policy, "base64").toString()), {
      expiration: "2026-01-02T04:05:06.000Z",
      conditions: [
        { bucket: "films" },
        ["content-length-range", 0, 10],
        ...Object.entries(signed).map(([name, value]) => ({ [name]: value })),
      ],
    });
  });

  it("stores a file from each runtime, with its exact length", () =>
    serve(async (url, path, read) => {
      const runtimes = onEachRuntime(
        examplePath("s3_post_policy.ts"),
        ...["--allow-net", "--allow-env", "--allow-read"],
      );
      for (const { name, command } of runtimes) {
        const { exitCode, stdout, stderr } = await runExample(
          [...command, path, `from/${name}`],
          {
            env: {
              AWS_ENDPOINT_URL: url,
              AWS_REGION: signer.region,
              AWS_ACCESS_KEY_ID: signer.accessKeyId,
              AWS_SECRET_ACCESS_KEY: signer.secretAccessKey,
            },
          },
        );
        assertEquals(exitCode, 0, stderr);
        assertEquals(stdout, `Stored from/${name} in uploads\n`);
        assertEquals((await read(`from/${name}`)).equals(FILE), true);
      }
    }));

  it("says what S3 answers when it refuses", () =>
    serve(async (url, path) => {
      await assertRejects(
        () => postFile(`${url}missing`, fieldsFor("k"), path),
        Error,
        "404 <?xml",
      );
    }));

  it("does what S3 asks: neither chunked, nor the file before the fields", () =>
    serve(async (url) => {
      const bucket = `${url}uploads`;
      const form = new MultipartWriter("form-data");
      form.append("film", { name: "file", filename: "film.mp4" });
      for (const [name, value] of Object.entries(fieldsFor("k"))) {
        form.append(value, { name });
      }
      const wrong = await fetch(bucket, form.toRequestInit());
      assertEquals(wrong.status, 400, await wrong.text());
      const init: MultipartRequestInit = {
        method: "POST",
        headers: new Headers({ "content-type": form.contentType }),
        body: form.stream(),
        duplex: "half",
      };
      const chunked = await fetch(bucket, init);
      assertEquals(chunked.status, 411, await chunked.text());
    }));
});
