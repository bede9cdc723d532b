/** The upload example on each of its runtimes, with the real curl. */
import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { extname, join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { curl, type CurlAnswer, curlBody, spawnCurl } from "../driving/curl.ts";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { shared } from "../driving/shared.ts";
import {
  describeFile,
  type StoredFile,
  type UploadRuntime,
  uploadRuntimes,
  type UploadServer,
} from "./upload_servers.ts";

const MiB = 1024 * 1024;
const MAX_UPLOAD = 32 * MiB;

// R2 takes blocks of 8 MiB: one file ends with a block, and another exceeds
// two.
const SIZES = [0, 1, 3 * MiB + 17, 8 * MiB, 17 * MiB + 1];

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
};

/** Each must be stored under one plain name, whatever name the client sends. */
const HOSTILE_NAMES = [
  "../../evil",
  "..\\..\\evil",
  "/etc/passwd",
  "C:\\x",
  "C:\\\\x",
  "..",
  ".",
  ".htaccess",
  "a/../../b",
  "%2e%2e%2fevil",
  "..%00/evil",
  "CON",
  "nul.txt",
  "x.txt:stream",
  "x\t\x07\x1by",
  "\u202Egpj.exe",
  "--help",
  "水".repeat(2000) + ".txt",
  "e\u0301".repeat(3000),
  "🌊".repeat(500) + ".tar.gz",
];

interface UploadedFile extends StoredFile {
  name: string;
  filename: string;
  type: string;
  stored: string;
}

interface Uploaded {
  fields: { name: string; value: string }[];
  files: UploadedFile[];
}

/** A hand-written form body, for what curl would not send. */
function formBody(...parts: [head: string, body: string][]): Uint8Array {
  const lines = parts.map(([head, body]) =>
    `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`
  );
  return Buffer.from(`${lines.join("")}--b--\r\n`);
}

function uploaded(answer: CurlAnswer): Uploaded {
  assertEquals(answer.status, 200, answer.body);
  return JSON.parse(answer.body);
}

function assertProblem(answer: CurlAnswer, status: number, code: string): void {
  assertEquals(answer.status, status, answer.body);
  const { error } = JSON.parse(answer.body);
  assertEquals(error.code, code);
  assertMatch(error.message, /^\w.{10,255}$/s);
}

/** Waits until the store is empty. Fails if that takes too long. */
async function assertStoreEmpties(server: UploadServer): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const names = [...(await server.stored()).keys()];
    if (names.length === 0) return;
    assert(Date.now() < deadline, `The store still holds ${names}`);
    await sleep(50);
  }
}

interface Sample extends StoredFile {
  path: string;
}

const page = new URL("../../examples/upload/page/", import.meta.url);
/** The page's own files. The inspector is built, and served at /inspector. */
const pageNames = (await readdir(page)).filter((file) =>
  file !== "inspector.html"
);
const pageFiles = await Promise.all(
  pageNames.map(async (file) =>
    [file, await readFile(new URL(file, page), "utf8")] as const
  ),
);

/** Files to send, in a folder of their own. */
const sharedSamples = shared(async () => {
  const folder = await makeFolder();
  const samples: Sample[] = await Promise.all(SIZES.map(async (size) => {
    const bytes = randomBytes(size);
    const path = join(folder, `sample ${size}.bin`);
    await writeFile(path, bytes);
    return { ...describeFile(bytes), path };
  }));
  return { folder, samples };
}, ({ folder }) => removeFolder(folder));

function testServer({ name, start }: UploadRuntime): void {
  const started = shared(() => start(MAX_UPLOAD), (server) => server.close());

  describe(`the upload server on ${name}`, () => {
    let server: UploadServer;
    let upload: string;
    let folder: string;
    let samples: Sample[];

    beforeEach(async () => {
      server = await started();
      upload = `${server.url}upload`;
      ({ folder, samples } = await sharedSamples());
    });

    afterEach(() => server.clear());

    async function assertStored(files: UploadedFile[]): Promise<void> {
      const entries = files.map(({ stored, size, sha256 }) =>
        [stored, { size, sha256 }] as const
      );
      assertEquals(await server.stored(), new Map(entries));
    }

    for (const [index, size] of SIZES.entries()) {
      it(`stores a file of ${size} bytes and a note`, async () => {
        const { path, sha256 } = samples[index] ?? { path: "", sha256: "" };
        const answer = await curl(
          "--form",
          "note=Grüße\r\nvom Fluss",
          "--form",
          `file=@${path};type=image/x-sample`,
          upload,
        );
        const { fields, files } = uploaded(answer);
        assertEquals(fields, [{ name: "note", value: "Grüße\r\nvom Fluss" }]);
        assertEquals(files.length, 1);
        assertEquals(files[0], {
          name: "file",
          filename: `sample ${size}.bin`,
          type: "image/x-sample",
          size,
          sha256,
          stored: files[0]?.stored ?? "",
        });
        assertMatch(files[0]?.stored ?? "", /^[0-9a-f-]{36}-sample.*\.bin$/);
        await assertStored(files);
      });
    }

    for (const path of ["", "upload"]) {
      it(`takes several files in one PUT to /${path}, in their order`, async () => {
        const forms = samples.flatMap((
          { path },
          i,
        ) => ["--form", `f${i}=@${path}`]);
        const answer = await curl(
          "--request",
          "PUT",
          ...forms,
          `${server.url}${path}`,
        );
        const { files } = uploaded(answer);
        assertEquals(
          files.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
          samples.map(({ size, sha256 }, i) => ({
            name: `f${i}`,
            size,
            sha256,
          })),
        );
        await assertStored(files);
      });
    }

    it("keeps every hostile name in the store, under a name of its own", async () => {
      const body = formBody(
        ...HOSTILE_NAMES.map((filename, i): [string, string] => [
          `name="f"; filename="${filename}"`,
          `content ${i}`,
        ]),
      );
      const { files } = uploaded(
        await curlBody(upload, "multipart/form-data; boundary=b", body),
      );
      assertEquals(
        files.map(({ filename }) => filename),
        // Within quotes, two backslashes stand for one.
        HOSTILE_NAMES.map((name) => name.replaceAll("\\\\", "\\")),
      );
      for (const { stored } of files) {
        // deno-lint-ignore no-control-regex
        assertNotMatch(stored, /[/\\:\u0000-\u001f\u007f]|^\.|[. ]$/);
        assert(Buffer.byteLength(stored) <= 255, stored);
      }
      assertEquals(
        new Set(files.map(({ stored }) => stored)).size,
        HOSTILE_NAMES.length,
      );
      await assertStored(files);
    });

    it("passes over a file input that was left empty", async () => {
      const body = formBody(['name="note"', "hi"], [
        'name="file"; filename=""',
        "",
      ]);
      const answer = await curlBody(
        upload,
        "multipart/form-data; boundary=b",
        body,
      );
      assertEquals(uploaded(answer), {
        fields: [{ name: "note", value: "hi" }],
        files: [],
      });
      await assertStored([]);
    });

    it("takes eight uploads at once", async () => {
      const chosen = Array.from(
        { length: 8 },
        (_, i) => samples[i % samples.length],
      );
      const answers = await Promise.all(
        chosen.map((sample) => curl("--form", `file=@${sample?.path}`, upload)),
      );
      const files = answers.flatMap((answer) => uploaded(answer).files);
      assertEquals(
        files.map(({ sha256 }) => sha256),
        chosen.map((sample) => sample?.sha256),
      );
      await assertStored(files);
    });

    const whole: [string, string] = ['name="a"; filename="a.txt"', "whole"];
    const form = "multipart/form-data; boundary=b";
    const broken: [
      what: string,
      type: string,
      body: Uint8Array,
      status: number,
      code: string,
    ][] = [
      [
        "no multipart",
        "application/json",
        Buffer.from("{}"),
        415,
        "unsupported-media-type",
      ],
      [
        "no boundary",
        "multipart/form-data",
        formBody(whole),
        400,
        "invalid-boundary",
      ],
      ["an empty body", form, Buffer.from(""), 400, "truncated"],
      [
        "a body that breaks off",
        form,
        formBody(whole).subarray(0, -7),
        400,
        "truncated",
      ],
      [
        "a body that begins wrong",
        form,
        Buffer.from("x"),
        400,
        "invalid-preamble",
      ],
      [
        "a whole file before a broken header",
        form,
        formBody(whole, ['name="b"; filename="b\0.txt"', "NUL"]),
        400,
        "invalid-header",
      ],
      [
        "a whole file before a part without a name",
        form,
        formBody(whole, ['filename="b.txt"', "x"]),
        400,
        "invalid-disposition",
      ],
      [
        "a field that is too large to be held",
        form,
        formBody(whole, ['name="note"', "x".repeat(70_000)]),
        413,
        "part-too-large",
      ],
      [
        "endless parts under another multipart type",
        "multipart/x-mixed-replace; boundary=b",
        formBody(
          ...Array.from(
            { length: 300 },
            (): [string, string] => ['name="n"', "x"],
          ),
        ),
        415,
        "unsupported-media-type",
      ],
    ];
    for (const [what, type, body, status, code] of broken) {
      it(`answers ${what} with ${status} ${code} and stores nothing`, async () => {
        assertProblem(await curlBody(upload, type, body), status, code);
        await assertStored([]);
      });
    }

    it("answers a curl that sends too much with 413", async () => {
      const path = join(folder, "large.bin");
      await writeFile(path, new Uint8Array(6 * MAX_UPLOAD));
      assertProblem(
        await curl("--form", `file=@${path}`, upload),
        413,
        "body-too-large",
      );
      await assertStored([]);
      await rm(path);
    });

    it("answers 413 to a client that is still sending", async () => {
      const client = request(upload, {
        method: "POST",
        headers: { "Content-Type": form },
      });
      client.on("error", () => {});
      client.write(formBody(whole).subarray(0, -7));
      client.write(new Uint8Array(MAX_UPLOAD));
      // The client sends no more and does not end, so the response must not
      // wait.
      const [response]: IncomingMessage[] = await once(client, "response");
      assert(response);
      const body = await text(response);
      client.destroy();
      const status = response.statusCode ?? 0;
      assertProblem({ status, body }, 413, "body-too-large");
      await assertStored([]);
    });

    const refused: [
      args: string[],
      path: string,
      status: number,
      code: string,
    ][] = [
      [["--request", "DELETE"], "upload", 405, "method-not-allowed"],
      [["--request", "POST", "--form", "a=b"], "", 405, "method-not-allowed"],
      [[], "upload", 405, "method-not-allowed"],
      [[], "handler.ts", 404, "not-found"],
      [["--path-as-is"], "../handler.ts", 404, "not-found"],
      [
        ["--header", "Sec-Fetch-Site: cross-site", "--form", "a=b"],
        "upload",
        403,
        "cross-site",
      ],
    ];
    for (const [args, path, status, code] of refused) {
      it(`answers ${[...args, `/${path}`].join(" ")} with ${status}`, async () => {
        assertProblem(await curl(...args, server.url + path), status, code);
      });
    }

    for (const host of ["user:password@host", "two words", "["]) {
      it(`outlives a request to the host "${host}"`, async () => {
        await curl("--header", `Host: ${host}`, "--form", "a=b", upload);
        assertEquals((await curl(server.url)).status, 200);
      });
    }

    for (const [file, content] of pageFiles) {
      it(`serves the page's ${file} with its type`, async () => {
        const path = file === "index.html" ? "" : file;
        const response = await fetch(`${server.url}${path}`);
        assertEquals(response.status, 200);
        const type = TYPES[extname(file)] ?? "";
        const contentType = response.headers.get("content-type") ?? "";
        assertMatch(contentType, new RegExp(`^${type}\\b`));
        assertEquals(response.headers.get("x-content-type-options"), "nosniff");
        const policy = response.headers.get("content-security-policy") ?? "";
        assertMatch(policy, /^default-src 'self';/);
        assertEquals(await response.text(), content);
      });
    }
  });

  describe(`the upload server on ${name}, left by its client`, () => {
    it("removes the files of an upload that is never finished", async () => {
      const server = await start();
      try {
        const child = spawnCurl(
          "--limit-rate",
          "2M",
          "--form",
          "whole=@-;filename=whole.txt",
          "--form",
          `cut=@${process.execPath}`,
          `${server.url}upload`,
        );
        child.stdin.end("the first file is whole");
        const deadline = Date.now() + 10_000;
        while ((await server.stored()).size === 0) {
          assert(Date.now() < deadline, "Nothing has been stored");
          await sleep(20);
        }
        await sleep(300);
        child.kill("SIGKILL");
        await once(child, "close");
        await assertStoreEmpties(server);
      } finally {
        await server.close();
      }
    });
  });
}

for (const runtime of uploadRuntimes) testServer(runtime);
