/**
 * An S3 server that stores in a folder: `s3_server.js <folder>`. s3rver lacks
 * AbortMultipartUpload, and accepts a form of unknown length. This server does
 * both as in S3's API reference.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import S3rver from "s3rver";

const [folder = ""] = process.argv.slice(2);
const server = new S3rver({
  address: "127.0.0.1",
  port: 0,
  silent: true,
  directory: folder,
  configureBuckets: [{ name: "uploads" }],
});
server.middleware.unshift(async (context, next) => {
  const { uploadId } = context.query;
  if (context.method !== "DELETE" || uploadId === undefined) {
    return await next();
  }
  const upload = join(folder, "uploads", "._S3rver_uploads", uploadId);
  context.status = existsSync(upload) ? 204 : 404;
  await rm(upload, { recursive: true, force: true });
});
server.middleware.unshift(async (context, next) => {
  // Null for a request without a body.
  const isForm = Boolean(context.is("multipart/form-data"));
  if (!isForm || context.get("content-length") !== "") return await next();
  context.status = 411;
  context.body = "<Error><Code>MissingContentLength</Code></Error>";
});
const { port } = await server.run();
console.log(`Listening on http://127.0.0.1:${port}/`);
