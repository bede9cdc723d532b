/**
 * The Worker with R2: what it stores, what it buffers, and what it leaves
 * behind.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { json } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { bundleWorker } from "../driving/bundles.ts";
import { curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { peakMemory } from "./memory.ts";
import { examplePath } from "./running.ts";
import { readWrangler } from "./wrangler.ts";

const MiB = 1024 * 1024;
const LARGE_BYTES = 200 * MiB;
const FORM_TYPE = "multipart/form-data; boundary=b";

/**
 * Hashes objects inside workerd, since copying them out of Miniflare is slow.
 */
const inspector = `export default {
  async fetch(request, { UPLOADS }) {
    const objects = [];
    for (const { key, size } of (await UPLOADS.list()).objects) {
      const digest = new crypto.DigestStream("SHA-256");
      await (await UPLOADS.get(key)).body.pipeTo(digest);
      const sha256 = new Uint8Array(await digest.digest).toHex();
      objects.push({ key, size, sha256 });
    }
    return Response.json(objects);
  }
}`;

interface StoredObject {
  key: string;
  size: number;
  sha256: string;
}

interface RunningWorker {
  url: string;
  /** All objects of the bucket. */
  stored(): Promise<StoredObject[]>;
  /** The bytes of the Worker's isolate: its heap and its buffers. */
  isolateMemory(): Promise<number>;
  /**
   * What the bucket's files contain: uploads in progress, their parts, and
   * blobs.
   */
  leftovers(): { uploads: number; parts: number; blobs: number };
}

interface Bindings {
  INSPECTOR: { fetch(url: string): Promise<Response> };
}

async function serve(
  use: (worker: RunningWorker) => Promise<void>,
): Promise<void> {
  const { compatibility_date: compatibilityDate, r2_buckets } =
    await readWrangler("r2_upload");
  const r2Buckets = Object.fromEntries(
    r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name]),
  );
  const common = { modules: true, compatibilityDate, r2Buckets };
  const script = await bundleWorker(examplePath("r2_upload/worker.ts"));
  await inFolder(async (folder) => {
    const serviceBindings = { INSPECTOR: "inspector" };
    const miniflare = new Miniflare({
      workers: [
        { ...common, name: "worker", script, serviceBindings },
        { ...common, name: "inspector", script: inspector },
      ],
      r2Persist: folder,
      inspectorPort: 0,
      handleRuntimeStdio() {}, // It would log clients that hang up.
    });
    const inspected = await inspectHeap(await miniflare.getInspectorURL());
    try {
      await use({
        url: (await miniflare.ready).href,
        isolateMemory: inspected.memory,
        async stored() {
          const { INSPECTOR } = await miniflare.getBindings<Bindings>();
          return await (await INSPECTOR.fetch("http://inspector/")).json();
        },
        leftovers: () => leftoversIn(folder),
      });
    } finally {
      inspected.close();
      await miniflare.dispose();
    }
  });
}

/** Queries the Worker's isolate, as developer tools do. */
async function inspectHeap(inspectorUrl: URL) {
  const targets = new URL("/json", inspectorUrl);
  targets.protocol = "http";
  const listed = await (await fetch(targets)).json();
  const urls = listed.map((target: { webSocketDebuggerUrl: string }) =>
    target.webSocketDebuggerUrl
  );
  const url = urls.find((url: string) => url.includes("core:user:worker"));
  const socket = new WebSocket(url);
  await once(socket, "open");
  return {
    async memory(): Promise<number> {
      const answered = once(socket, "message");
      socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
      const [{ data }] = await answered;
      const { totalSize, backingStorageSize } = JSON.parse(data).result;
      return totalSize + backingStorageSize;
    },
    close: () => socket.close(),
  };
}

/** Reads the files of Miniflare's R2. */
function leftoversIn(folder: string): ReturnType<RunningWorker["leftovers"]> {
  const counts = { uploads: 0, parts: 0, blobs: 0 };
  for (const path of globSync("**/*.sqlite", { cwd: folder })) {
    const database = new DatabaseSync(join(folder, path), { readOnly: true });
    const count = (what: string): number => {
      try {
        const row = database.prepare(`SELECT count(*) AS n FROM ${what}`).get();
        return Number(row?.["n"]);
      } catch {
        return 0; // The database of another object.
      }
    };
    // State 0 means that an upload is in progress.
    counts.uploads += count("_mf_multipart_uploads WHERE state = 0");
    counts.parts += count("_mf_multipart_parts");
    database.close();
  }
  counts.blobs = globSync("**/blobs/*", { cwd: folder }).length;
  return counts;
}

function head(filename: string): string {
  return "--b\r\nContent-Disposition: form-data; " +
    `name="film"; filename="${filename}"\r\n\r\n`;
}

interface Upload {
  status: number | undefined;
  answer: unknown;
  sha256: string;
}

/**
 * Sends a file with a different content in each MiB, as fast as the Worker
 * accepts it.
 */
async function sendFile(
  url: string,
  size: number,
  afterEach: () => Promise<void>,
): Promise<Upload> {
  const hash = createHash("sha256");
  const sent = request(url, {
    method: "POST",
    headers: { "content-type": FORM_TYPE },
  });
  const responded = once(sent, "response");
  sent.write(head("film.mp4"));
  for (let left = size; left > 0; left -= MiB) {
    const bytes = Buffer.alloc(Math.min(left, MiB), `${left}: `);
    hash.update(bytes);
    if (!sent.write(bytes)) await once(sent, "drain");
    await afterEach();
  }
  sent.end("\r\n--b--\r\n");
  const [response] = await responded;
  const answer = await json(response);
  return { status: response.statusCode, answer, sha256: hash.digest("hex") };
}

/** Begins to measure Miniflare's workerd process, on Linux. */
async function workerdPeak(): Promise<() => Promise<number>> {
  if (process.platform !== "linux") return () => Promise.resolve(NaN);
  const children = await readFile(
    `/proc/${process.pid}/task/${process.pid}/children`,
    "utf8",
  );
  for (const pid of children.trim().split(" ")) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8");
    if (name.trim() === "workerd") return await peakMemory(Number(pid));
  }
  throw new Error("Cannot find workerd");
}

function toMiB(bytes: number): string {
  return `${(bytes / MiB).toFixed(0)} MiB`;
}

/** Sends the large file, and measures the Worker's memory after each MiB. */
async function sendLargeFile() {
  let result: Upload | undefined;
  let stored: StoredObject[] = [];
  let isolatePeak = 0;
  await serve(async (worker) => {
    const peak = await workerdPeak();
    result = await sendFile(worker.url, LARGE_BYTES, async () => {
      isolatePeak = Math.max(isolatePeak, await worker.isolateMemory());
    });
    const all = toMiB(await peak());
    const own = toMiB(isolatePeak);
    console.log(`The Worker has ${own}; all of workerd, R2 included, ${all}`);
    stored = await worker.stored();
  });
  return { ...result, stored, isolatePeak };
}

describe("examples/r2_upload", () => {
  it("stores files of any size, each under a key of its own", async () => {
    const sizes = [0, 1, 8 * MiB - 1, 8 * MiB, 17 * MiB + 1];
    const bodies = sizes.map((size) => randomBytes(size));
    const parts = bodies.flatMap((bytes) => [
      Buffer.from(head("../film.mp4")),
      bytes,
      Buffer.from("\r\n"),
    ]);
    const field =
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n';
    await serve(async ({ url, stored, leftovers }) => {
      const form = [Buffer.from(field), ...parts, Buffer.from("--b--")];
      const { status, body } = await curlBody(
        url,
        FORM_TYPE,
        Buffer.concat(form),
      );
      assertEquals(status, 200, body);
      const keys: string[] = JSON.parse(body);
      const objects = new Map((await stored()).map((o) => [o.key, o]));
      assertEquals(objects.size, sizes.length);
      for (const [index, key] of keys.entries()) {
        assertMatch(key, /^[0-9a-f-]{36}\/film\.mp4$/);
        const bytes = bodies[index] ?? Buffer.of();
        assertEquals(objects.get(key), {
          key,
          size: bytes.length,
          sha256: createHash("sha256").update(bytes).digest("hex"),
        });
      }
      assertEquals(leftovers().uploads, 0);
    });
  });

  it("leaves nothing of an upload that is cut off", async () => {
    await serve(async ({ url, stored, leftovers }) => {
      const nothing = { uploads: 0, parts: 0, blobs: 0 };
      // One file is complete. The other has two complete parts and some bytes.
      const form = Buffer.concat([
        Buffer.from(`${head("whole")}whole\r\n${head("half")}`),
        randomBytes(20 * MiB),
      ]);
      const broken = await curlBody(url, FORM_TYPE, form);
      assertEquals(broken.status, 400, broken.body);
      assertEquals(await stored(), []);
      assertEquals(leftovers(), nothing);

      const client = request(url, {
        method: "POST",
        headers: { "content-type": FORM_TYPE, "content-length": 100 * MiB },
      });
      client.on("error", () => {}); // The test hangs up.
      client.write(form);
      const deadline = Date.now() + 20_000;
      while (leftovers().parts < 2) {
        assert(Date.now() < deadline, "No part has been stored");
        await sleep(20);
      }
      assertEquals(leftovers().uploads, 1);
      client.destroy();
      while (leftovers().blobs > 0) {
        assert(Date.now() < deadline, JSON.stringify(leftovers()));
        await sleep(20);
      }
      assertEquals(leftovers(), nothing);
      assertEquals(await stored(), []);
    });
  });

  it("refuses what is not a form", async () => {
    await serve(async ({ url }) => {
      assertEquals(
        (await curlBody(url, "text/plain", Buffer.from("x"))).status,
        415,
      );
    });
  });
});

// A test of its own, since it may take longer than the limit of the others.
const name =
  "examples/r2_upload > takes 200 MiB in less memory than a Worker has";
test(name, { timeout: 180_000 }, async () => {
  const large = await sendLargeFile();
  assertEquals(large.status, 200);
  const key = Array.isArray(large.answer) ? String(large.answer[0]) : "";
  const { sha256 } = large;
  assertEquals(large.stored, [{ key, size: LARGE_BYTES, sha256 }]);
  // Cloudflare allows an isolate 128 MB.
  assert(large.isolatePeak < 128_000_000, `${large.isolatePeak} bytes`);
});
