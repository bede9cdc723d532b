/**
 * Uploads a file to S3 with a signed form: a server with the keys
 * signs a policy, and a client without them sends the form. Both halves are in
 * this file, which uploads a file under a key:
 * `node examples/s3_post_policy.ts film.mp4 videos/film.mp4`, or the same with
 * `bun` or `deno run --allow-net --allow-env --allow-read`. BUCKET, AWS_REGION,
 * AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are in the environment, and
 * AWS_ENDPOINT_URL for a server that is not Amazon's.
 */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { basename } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream";
import { text } from "node:stream/consumers";
import { MultipartWriter } from "@tributary/multipart";

/** The server's secrets, which the client must not know. */
export interface Signer {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

/** What may be uploaded. */
export interface Allowed {
  bucket: string;
  key: string;
  /** The largest size of the file, in bytes. */
  maxBytes: number;
  expires: Date;
}

/** The server's half: returns the fields of a form that uploads one file. */
export function presignPost(
  signer: Signer,
  { bucket, key, maxBytes, expires }: Allowed,
  now: Date = new Date(),
): Record<string, string> {
  const date = now.toISOString().replace(/[-:]|[.]\d+/g, "");
  const scope = `${date.slice(0, 8)}/${signer.region}/s3/aws4_request`;
  const fields = {
    key,
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${signer.accessKeyId}/${scope}`,
    "x-amz-date": date,
  };
  // S3 refuses a form that has a field without a condition.
  const conditions = [
    { bucket },
    ["content-length-range", 0, maxBytes],
    ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
  ];
  const json = JSON.stringify({
    expiration: expires.toISOString(),
    conditions,
  });
  const policy = Buffer.from(json).toString("base64");
  const signature = sign(signer.secretAccessKey, scope, policy);
  return { ...fields, policy, "x-amz-signature": signature };
}

/** Signs a policy with AWS Signature Version 4. */
export function sign(secret: string, scope: string, policy: string): string {
  const hmac = (key: string | Buffer, text: string) =>
    createHmac("sha256", key).update(text).digest();
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, policy).toString("hex");
}

/**
 * The client's half: sends a file from the disk, in constant memory, and throws
 * if S3 does not store it. In a page, use `form.blob()` and fetch instead.
 */
export async function postFile(
  url: string,
  fields: Record<string, string>,
  path: string,
): Promise<void> {
  const form = new MultipartWriter("form-data");
  // S3 ignores fields after the file.
  for (const [name, value] of Object.entries(fields)) {
    form.append(value, { name });
  }
  const { size } = await stat(path);
  const filename = basename(path);
  form.append(() => createReadStream(path), { name: "file", filename, size });

  // S3 answers a chunked body with 411, and Deno's fetch always sends chunks.
  const { request } = url.startsWith("https:") ? https : http;
  const headers = Object.fromEntries(form.headers);
  const outgoing = request(url, { method: "POST", headers });
  pipeline(form, outgoing, () => {}); // An error destroys `outgoing` too.
  const [response] = await once(outgoing, "response");
  const answer = await text(response);
  if (response.statusCode >= 300) {
    throw new Error(`Cannot store ${path}: ${response.statusCode} ${answer}`);
  }
}

if (import.meta.main) {
  const [path = "", key = basename(path)] = process.argv.slice(2);
  const {
    BUCKET: bucket = "uploads",
    AWS_REGION: region = "us-east-1",
    AWS_ACCESS_KEY_ID: accessKeyId = "",
    AWS_SECRET_ACCESS_KEY: secretAccessKey = "",
    AWS_ENDPOINT_URL: endpoint = `https://s3.${region}.amazonaws.com`,
  } = process.env;
  const fields = presignPost({ accessKeyId, secretAccessKey, region }, {
    bucket,
    key,
    maxBytes: 5_000_000_000,
    expires: new Date(Date.now() + 3_600_000),
  });
  await postFile(new URL(`/${bucket}`, endpoint).href, fields, path);
  console.log(`Stored ${key} in ${bucket}`);
}
