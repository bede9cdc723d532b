/** What the upload server reports about uploads, on each of its runtimes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { encode } from "jpeg-js";
import type { FileSoFar } from "../../examples/upload/receive.ts";
import { ffmpeg, pathOf } from "../driving/commands.ts";
import { curl, curlBody } from "../driving/curl.ts";
import { shared } from "../driving/shared.ts";
import { FFMPEG_TYPE, startFfmpeg } from "./camera_ffmpeg.ts";
import {
  describeFile,
  uploadRuntimes,
  type UploadServer,
} from "./upload_servers.ts";

const FORM_TYPE = "multipart/form-data; boundary=b";
const HEAD = "--b\r\n" +
  'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';

/** A grey picture. Each level of grey makes another frame. */
function grey(level: number): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(4 * 16 * 16).fill(level);
  return new Uint8Array(encode({ data, width: 16, height: 16 }, 80).data);
}

for (const { name, start } of uploadRuntimes) {
  const started = shared(() => start(), (server) => server.close());

  describe(`what the upload server on ${name} tells`, () => {
    let server: UploadServer;

    beforeEach(async () => {
      server = await started();
    });

    afterEach(() => server.clear());

    it("gives a stored file back, whole and in ranges", async () => {
      const send = async (filename: string) => {
        const form = new FormData();
        form.append("file", new File(["0123456789"], filename));
        const answer = await fetch(`${server.url}upload`, {
          method: "POST",
          body: form,
        });
        const { files: [file] } = await answer.json();
        return `${server.url}files/${encodeURIComponent(file.stored)}`;
      };
      const film = await send("film.webm");
      const whole = await fetch(film);
      assertEquals(await whole.text(), "0123456789");
      assertEquals(whole.headers.get("content-type"), "video/webm");
      assertEquals(whole.headers.get("accept-ranges"), "bytes");
      // Requests like those of a seeking player or a resumed download.
      const etag = whole.headers.get("etag") ?? "";
      const headers = { range: "bytes=4-", "if-range": etag };
      const rest = await fetch(film, { headers });
      assertEquals([rest.status, await rest.text()], [206, "456789"]);
      const head = await fetch(film, { method: "HEAD" });
      assertEquals(head.headers.get("content-length"), "10");
      // An uploaded page must not run as one of this server's.
      const page = await fetch(await send("page.html"));
      await page.body?.cancel();
      const { headers: fields } = page;
      assertEquals(fields.get("content-type"), "application/octet-stream");
      assertEquals(fields.get("content-disposition"), "attachment");
    });

    for (
      const path of [
        "files/",
        "files/none",
        "files/..%2f..%2fetc%2fpasswd",
        "files/%ff",
        `files/${crypto.randomUUID()}-a.txt`,
        `files/${crypto.randomUUID()}-..%2fa.txt`,
      ]
    ) {
      const shown = path.replace(/[0-9a-f-]{36}/, "ID");
      it(`has no file at /${shown}`, async () => {
        const answer = await fetch(server.url + path);
        assertEquals(answer.status, 404);
        await answer.body?.cancel();
      });
    }

    it("serves the inspector, which may send nothing anywhere", async () => {
      const answer = await fetch(`${server.url}inspector`);
      assertEquals(answer.status, 200);
      assertMatch(
        answer.headers.get("content-type") ?? "",
        /^text\/html; ?charset=utf-8$/i,
      );
      assertMatch(
        answer.headers.get("content-security-policy") ?? "",
        /^default-src 'none'; .*frame-ancestors 'none'$/,
      );
      assertMatch(await answer.text(), /<title>Multipart inspector<\/title>/);
    });

    it("tells where in the body an error is", async () => {
      const answer = await fetch(`${server.url}upload`, {
        method: "POST",
        headers: { "content-type": FORM_TYPE },
        body: HEAD,
      });
      const { error } = await answer.json();
      assertEquals([error.code, error.offset], ["truncated", HEAD.length]);
    });

    it("knows the digest of what has come, while more is to come", async () => {
      const id = crypto.randomUUID();
      const half = "the first half, ".repeat(20_000);
      const client = request(`${server.url}upload?id=${id}`, {
        method: "POST",
        headers: { "content-type": FORM_TYPE },
      });
      const responded = once(client, "response");
      client.write(HEAD + half);
      const received = HEAD.length + half.length;
      let upload: { received: number; file: FileSoFar };
      do {
        const answer = await fetch(`${server.url}progress?id=${id}`);
        upload = (await answer.json())[id];
      } while (upload?.received !== received || upload.file.size < 300_000);
      // The last bytes may begin a delimiter, so the server holds them back.
      const soFar = Buffer.from(half).subarray(0, upload.file.size);
      assertEquals(upload, {
        received,
        file: { filename: "a.txt", ...describeFile(soFar) },
      });
      client.end("and the rest\r\n--b--\r\n");
      const [response] = await responded;
      const { files } = JSON.parse(await text(response));
      const { sha256 } = describeFile(Buffer.from(`${half}and the rest`));
      assertEquals(files[0].sha256, sha256);
      const answer = await fetch(`${server.url}progress?id=${id}`);
      assertEquals(await answer.json(), {});
    });

    it("keeps the last request's framing, and little of its bodies", async () => {
      const body = "x".repeat(5_000_000);
      const form = `${HEAD}${body}\r\n--b--\r\nepilogue`;
      const answer = await curlBody(
        `${server.url}upload`,
        FORM_TYPE,
        Buffer.from(form),
      );
      assertEquals(answer.status, 200, answer.body);
      const response = await fetch(`${server.url}raw`);
      const { request, pieces, received, status } = await response.json();
      assertEquals([request.method, request.path], ["POST", "/upload"]);
      assertEquals([received, status], [form.length, 200]);
      assertEquals(pieces, [
        { kind: "delimiter", offset: 0, length: 5, bytes: "--b\r\n" },
        {
          kind: "head",
          offset: 5,
          length: HEAD.length - 5,
          bytes: HEAD.slice(5),
        },
        {
          kind: "body",
          offset: HEAD.length,
          length: body.length,
          bytes: body.slice(0, 256),
        },
        {
          kind: "delimiter",
          offset: HEAD.length + body.length,
          length: 9,
          bytes: "\r\n--b--\r\n",
        },
        {
          kind: "epilogue",
          offset: form.length - 8,
          length: 8,
          bytes: "epilogue",
        },
      ]);
      const etag = response.headers.get("etag") ?? "";
      const again = await fetch(`${server.url}raw`, {
        headers: { "if-none-match": etag },
      });
      assertEquals(again.status, 304);
    });

    it("says where a form went wrong, and of no other what it cannot know", async () => {
      const cut = Buffer.from(`${HEAD}half of`);
      assertEquals(
        (await curlBody(`${server.url}upload`, FORM_TYPE, cut)).status,
        400,
      );
      const { problem, pieces } = await (await fetch(`${server.url}raw`))
        .json();
      assertEquals([problem.code, problem.offset], ["truncated", cut.length]);
      assertEquals(pieces.at(-1).bytes, "half of");
      const field = '--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n';
      const large = Buffer.from(`${field}${"x".repeat(100_000)}\r\n--b--\r\n`);
      assertEquals(
        (await curlBody(`${server.url}upload`, FORM_TYPE, large)).status,
        413,
      );
      const record = await (await fetch(`${server.url}raw`)).json();
      assertEquals([record.status, record.problem], [413, undefined]);
    });

    it("keeps no more of a request with many parts", async () => {
      const field =
        '--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n';
      await curlBody(
        `${server.url}upload`,
        FORM_TYPE,
        Buffer.from(`${field.repeat(200)}--b--\r\n`),
      );
      const record = await (await fetch(`${server.url}raw`)).json();
      assertEquals(record.status, 200);
      assertEquals(record.pieces.length, 97);
    });

    testFeeds(() => server);
  });
}

describe("the upload server as a Worker", () => {
  it("serves nothing with a limit that is not a number", async () => {
    const worker = uploadRuntimes.find(({ name }) => name === "Worker");
    const server = await worker?.start("5MB");
    try {
      const answer = await fetch(server?.url ?? "");
      assertEquals(answer.status, 500);
      assertMatch(await answer.text(), /Cannot use MAX_UPLOAD=5MB/);
    } finally {
      await server?.close();
    }
  });
});

function testFeeds(server: () => UploadServer): void {
  const live = () => `${server().url}live`;

  function put(type: string, body: Uint8Array<ArrayBuffer>, site = "none") {
    const headers = { "content-type": type, "sec-fetch-site": site };
    return fetch(live(), { method: "PUT", headers, body });
  }

  it("shows a frame to all who watch, and to who comes later", async () => {
    const frame = grey(100);
    assertEquals((await put("image/jpeg", frame)).status, 200);
    for (const _ of ["first", "second"]) {
      for await (const part of MultipartReader.from(await fetch(live()))) {
        assertEquals(part.mediaType, "image/jpeg");
        assertEquals(await part.bytes(), frame);
        break;
      }
    }
  });

  const refused: [
    what: string,
    type: string,
    body: Uint8Array<ArrayBuffer>,
    site: string,
    status: number,
    code: string,
  ][] = [
    ["text", "image/jpeg", Buffer.from("text"), "none", 415, "not-jpeg"],
    [
      "a frame that is too large",
      "image/jpeg",
      new Uint8Array(1_100_000).fill(0xff),
      "none",
      413,
      "frame-too-large",
    ],
    [
      "a camera's frame that is too large",
      "multipart/x-mixed-replace; boundary=b",
      Buffer.from(`--b\r\n\r\n${"x".repeat(1_100_000)}\r\n--b--\r\n`),
      "none",
      413,
      "part-too-large",
    ],
    [
      "another site's frame",
      "image/jpeg",
      grey(1),
      "cross-site",
      403,
      "cross-site",
    ],
  ];
  for (const [what, type, body, site, status, code] of refused) {
    it(`answers ${what} with ${status}`, async () => {
      const answer = await put(type, body, site);
      const { error } = await answer.json();
      assertEquals([answer.status, error.code], [status, code]);
    });
  }

  it("shows 30 frames a second, and lets the others go", async () => {
    const frame = Buffer.from(grey(50)).toString("latin1");
    const parts = `--b\r\n\r\n${frame}\r\n`.repeat(1000);
    const flood = Buffer.from(`${parts}--b--\r\n`, "latin1");
    let answer: Response;
    let shown = 0;
    // Repeats, since the machine may need more than a second between the two,
    // and frames of earlier tests may have used up the current second.
    do {
      const type = "multipart/x-mixed-replace; boundary=b";
      const { frames } = await (await put(type, flood)).json();
      assert(frames < 1000, `It has shown ${frames}`);
      shown += frames;
      answer = await put("image/jpeg", grey(60));
      assertEquals(typeof await answer.json(), "object");
    } while (answer.status !== 429 || shown === 0);
    assertEquals(answer.headers.get("retry-after"), "1");
  });

  it("is fed by ffmpeg", async () => {
    pathOf(ffmpeg);
    const response = await fetch(live());
    const film = startFfmpeg([
      ...["-re", "-f", "lavfi"],
      ...["-i", "testsrc=size=64x48:rate=10", "-frames:v", "20"],
      ...["-f", "mpjpeg", "-method", "PUT", "-content_type", FFMPEG_TYPE],
      live(),
    ]);
    const ended = once(film, "close");
    const sizes = new Set<string>();
    for await (const part of MultipartReader.from(response)) {
      sizes.add(Buffer.from(await part.bytes()).toString("latin1"));
      if (sizes.size === 6) break;
    }
    assertEquals(sizes.size, 6);
    const [exitCode] = await ended;
    assertEquals(exitCode, 0);
  });

  it("counts a viewer until it leaves", async () => {
    const watchers = async () => {
      const { watchers } = await (await fetch(`${live()}/status`)).json();
      return watchers;
    };
    const viewer = await fetch(live());
    assert(await watchers() > 0);
    await viewer.body?.cancel();
    // Some servers notice it only when the next frame is sent.
    while (await watchers() > 0) {
      await (await put("image/jpeg", grey(70))).text();
    }
  });

  it("tells how many frames there were", async () => {
    const { body } = await curl(`${live()}/status`);
    assertMatch(body, /^\{"frames":\d+,"watchers":\d+\}$/);
  });
}
