/**
 * Batches of requests: both sides together, and each with Google's client or
 * Python's parser.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { answerBatch, sendBatch } from "../../examples/batch.ts";
import { curl } from "../driving/curl.ts";
import { closeServer, listen } from "../driving/servers.ts";
import { google, needGoogleClient, parseInPython } from "./google_client.ts";
import { examplePath, runExample, startExample } from "./running.ts";

const path = examplePath("batch.ts");

async function serve(use: (url: string) => Promise<void>): Promise<void> {
  const server = await startExample([
    ...["deno", "serve", "--host=127.0.0.1", "--port=0", "--no-check"],
    path,
  ]);
  try {
    await use(server.url);
  } finally {
    await server.close();
  }
}

/** Collects the results of `sendBatch` as text. */
async function collect(url: string, requests: Request[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for await (const [request, response] of sendBatch(url, requests)) {
    const { pathname } = new URL(request?.url ?? "");
    answers.push([pathname, response.status, await response.text()]);
  }
  return answers;
}

describe("examples/batch.ts", () => {
  it("answers the client's requests, with its own server", async () => {
    await serve(async (url) => {
      const paths = ["/hello?name=Ada", "/nowhere", "/hello?name=B%20%26%20C"];
      const run = await runExample(["node", path, url, ...paths]);
      assertEquals(run.exitCode, 0, run.stderr);
      assertEquals(
        run.stdout,
        `${url}hello?name=Ada 200 Hello, Ada\n` +
          `${url}nowhere 404 \n` +
          `${url}hello?name=B%20%26%20C 200 Hello, B & C\n`,
      );
      const post = (body: string) =>
        new Request(`${url}count`, { method: "POST", body });
      const get = new Request(`${url}hello?name=Ada`);
      // A body may look like a delimiter.
      const requests = [post("\r\n--b--\r\n\r\n"), get, post("")];
      assertEquals(await collect(url, requests), [
        ["/count", 200, '{"characters":11}'],
        ["/hello", 200, "Hello, Ada"],
        ["/count", 200, '{"characters":0}'],
      ]);
    });
  });

  it("refuses what is not a batch, or too much", async () => {
    await serve(async (url) => {
      assertEquals((await curl("-d", "a=b", url)).status, 415);
      const type = ["-H", "Content-Type: multipart/mixed; boundary=b"];
      const post = async (text: string) =>
        (await curl(...type, "--data-binary", text, url)).status;
      assertEquals(await post("--b\r\n\r\nGET / HTTP/1.1"), 400);
      assertEquals(await post("--b\r\n\r\n? /hello HTTP/1.1\r\n--b--"), 400);
      const part = "--b\r\n\r\nGET /hello HTTP/1.1\r\n\r\n\r\n";
      assertEquals(await post(`${part.repeat(100)}--b--`), 200);
      assertEquals(await post(`${part.repeat(101)}--b--`), 413);
    });
  });
});

describe("answerBatch()", () => {
  it("answers 500 for a request that fails, and the others", async () => {
    const part = (path: string) =>
      `--b\r\nContent-ID: <${path}>\r\n\r\nGET /${path} HTTP/1.1\r\n\r\n\r\n`;
    const batch = new Request("http://localhost/batch", {
      method: "POST",
      headers: { "content-type": "multipart/mixed; boundary=b" },
      body: `${part("fail")}${part("work")}--b--`,
    });
    const response = await answerBatch(batch, (request) => {
      return request.url === "http://localhost/fail"
        ? Promise.reject(new Error("It fails"))
        : Promise.resolve(new Response("works"));
    });
    const text = await response.text();
    assertStringIncludes(text, "<response-fail>\r\n");
    assertStringIncludes(text, "HTTP/1.1 500 ");
    assertStringIncludes(text, "<response-work>\r\n");
    assertStringIncludes(text, "HTTP/1.1 200 ");
    assertStringIncludes(text, "\r\n\r\nworks\r\n--");
  });
});

describe("sendBatch()", () => {
  it("matches answers that come in another order", async () => {
    const part = (id: number) =>
      `--b\r\nContent-Type: application/http\r\nContent-ID: <response-${id}>` +
      `\r\n\r\nHTTP/1.1 20${id} Fine\r\nX-Id: ${id}\r\n\r\nanswer ${id}\r\n`;
    const server = createServer((_request, response) => {
      const type = { "content-type": "multipart/mixed; boundary=b" };
      response.writeHead(200, type).end(`${part(1)}${part(0)}--b--`);
    });
    const url = await listen(server);
    try {
      const requests = ["a", "b"].map((path) => new Request(`${url}${path}`));
      assertEquals(await collect(url, requests), [
        ["/b", 201, "answer 1"],
        ["/a", 200, "answer 0"],
      ]);
    } finally {
      await closeServer(server);
    }
  });
});

describe("examples/batch.ts and Google's client for Python", () => {
  it("answers its batches", async () => {
    await needGoogleClient();
    await serve(async (url) => {
      const lines = ["GET", "/hello?name=Ada", "GET", "/nowhere"];
      assertEquals(await google("batch", url, ...lines, "POST", "/count"), {
        "0": [200, "Hello, Ada"],
        "1": [404, ""],
        "2": [200, '{"characters":10}'],
      });
    });
  });

  it("sends what Python's parser takes for HTTP requests", async () => {
    await needGoogleClient();
    const { promise: sent, resolve } = Promise.withResolvers<unknown>();
    const server = createServer(async (request, response) => {
      const { "content-type": type = "", "content-length": length } =
        request.headers;
      const body = await buffer(request);
      assertEquals(Number(length), body.length);
      resolve(await parseInPython(type, body));
      response.writeHead(200, {
        "content-type": "multipart/mixed; boundary=b",
      })
        .end("--b--");
    });
    const url = await listen(server);
    try {
      await collect(url, [
        new Request(`${url}a?b`),
        new Request(`${url}c`, {
          method: "PUT",
          body: "ü",
          headers: { "content-type": "text/plain", "x-a": "1" },
        }),
      ]);
    } finally {
      await closeServer(server);
    }
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    assertEquals(await sent, [
      {
        headers: {
          "content-type": "application/http",
          "content-id": "<0>",
          "content-length": "40",
        },
        body: base64("GET /a?b HTTP/1.1\r\ncontent-length: 0\r\n\r\n"),
      },
      {
        headers: {
          "content-type": "application/http",
          "content-id": "<1>",
          "content-length": "74",
        },
        body: base64(
          "PUT /c HTTP/1.1\r\ncontent-length: 2\r\n" +
            "content-type: text/plain\r\nx-a: 1\r\n\r\nü",
        ),
      },
    ]);
  });
});
