/**
 * A form in the events that API Gateway and function URLs pass to a function.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import type { UploadEvent } from "../../examples/frameworks/lambda.ts";
import { inFolder } from "../driving/folders.ts";

const film = randomBytes(3_000_017);
const TYPE = "multipart/form-data; boundary=b";

function form(type = "video/mp4", title = "River"): Buffer {
  return Buffer.concat([
    Buffer.from(
      `--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n${title}\r\n` +
        `--b\r\nContent-Disposition: form-data; name="film"; ` +
        `filename="../river.mp4"\r\nContent-Type: ${type}\r\n\r\n`,
    ),
    film,
    Buffer.from("\r\n--b--\r\n"),
  ]);
}

/**
 * An event of a REST API: names as the client wrote them, and each field twice.
 */
const version1 = (body: Buffer, contentType = TYPE) => ({
  resource: "/",
  path: "/",
  httpMethod: "POST",
  headers: { "Content-Type": contentType, Host: "api.example" },
  multiValueHeaders: { "Content-Type": [contentType], Host: ["api.example"] },
  queryStringParameters: null,
  requestContext: { httpMethod: "POST", stage: "prod" },
  body: body.length > 0 ? body.toString("base64") : null,
  isBase64Encoded: body.length > 0,
});

/** An event of an HTTP API or a function URL: names in lower case. */
const version2 = (body: Buffer, contentType = TYPE) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/",
  rawQueryString: "",
  headers: { "content-type": contentType, host: "api.example" },
  requestContext: { http: { method: "POST", path: "/" }, stage: "$default" },
  ...(body.length > 0 && { body: body.toString("base64") }),
  isBase64Encoded: body.length > 0,
});

/**
 * The module reads FOLDER when it is loaded, so each folder gets its own copy.
 */
async function load(folder: string) {
  process.env["FOLDER"] = folder;
  const path = import.meta.resolve("../../examples/frameworks/lambda.ts");
  const { handler }: typeof import("../../examples/frameworks/lambda.ts") =
    await import(`${path}?${folder}`);
  return handler;
}

const versions: [name: string, make: typeof version1 | typeof version2][] = [
  ["version 1", version1],
  ["version 2", version2],
];

for (const [name, make] of versions) {
  describe(`examples/frameworks/lambda.ts with events of ${name}`, () => {
    it("saves a form, and answers what it refuses", () =>
      inFolder(async (folder) => {
        const handler = await load(folder);
        const none = Buffer.of();
        const refused: [UploadEvent, number, RegExp][] = [
          [make(form("text/html")), 415, /text\/html/],
          [make(form("video/mp4", "x".repeat(300))), 413, /title/],
          [make(form().subarray(0, -10)), 400, /ends/],
          [make(none), 400, /Cannot/],
          [make(Buffer.from("{}"), "application/json"), 415, /application/],
        ];
        for (const [event, status, message] of refused) {
          const { statusCode, body } = await handler(event);
          assertEquals(statusCode, status, body);
          assertMatch(body, message);
          assertEquals(await readdir(folder), []);
        }
        const { statusCode, body } = await handler(make(form()));
        assertEquals(statusCode, 200, body);
        const saved = JSON.parse(body);
        assertEquals([saved.title, saved.film.filename, saved.film.size], [
          "River",
          "river.mp4",
          film.length,
        ]);
        assert(film.equals(await readFile(saved.film.path)));
      }));
  });
}
