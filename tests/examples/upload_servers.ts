/** Starts the upload example on each runtime, over a store of its own. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";

export interface UploadServer {
  /** Ends in a slash. */
  url: string;
  /** All that the store holds, by name, half-written files too. */
  stored(): Promise<Map<string, StoredFile>>;
  /** Empties the store. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface StoredFile {
  size: number;
  sha256: string;
}

export interface UploadRuntime {
  name: string;
  /** Starts a server that takes requests of at most `maxUpload` bytes, or any. */
  start(maxUpload?: number): Promise<UploadServer>;
}

const example = fileURLToPath(
  new URL("../../examples/upload/", import.meta.url),
);

export const uploadRuntimes: UploadRuntime[] = [
  {
    name: "Deno",
    start: (maxUpload) =>
      startProcess(maxUpload, installed("deno"), (folder) => [
        "run",
        "--no-prompt",
        "--no-check",
        "--import-map=tests/runtimes/npm_imports.json",
        "--allow-net",
        "--allow-env=PORT,HOST,UPLOAD_DIR,MAX_UPLOAD",
        `--allow-read=${example},${folder}`,
        `--allow-write=${folder}`,
        `${example}serve_deno.ts`,
      ]),
  },
  {
    name: "Bun",
    start: (maxUpload) =>
      startProcess(
        maxUpload,
        installed("bun"),
        () => [`${example}serve_bun.ts`],
      ),
  },
  {
    name: "Node",
    start: (maxUpload) =>
      startProcess(maxUpload, nodePath(), () => [`${example}serve_node.ts`]),
  },
  { name: "Worker", start: startWorker },
];

async function startProcess(
  maxUpload: number | undefined,
  command: string | undefined,
  args: (folder: string) => string[],
): Promise<UploadServer> {
  if (!command) throw new Error("Cannot start the server: run npm install");
  // The store is a folder in a folder, to see what escapes from it.
  const around = await mkdtemp(join(tmpdir(), "tributary-upload-"));
  const folder = join(around, "uploads");
  const child = spawn(command, args(folder), {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PORT: "0",
      HOST: "127.0.0.1",
      UPLOAD_DIR: folder,
      MAX_UPLOAD: String(maxUpload ?? ""),
    },
  });
  const closed = once(child, "close");
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const found = /Listening on (\S+)/.exec(output)?.[1];
        if (found) resolve(found);
      });
    }
    child.on("error", reject);
    child.on("close", () => reject(new Error(`The server ended:\n${output}`)));
  });
  return {
    url,
    async stored() {
      const outside = (await readdir(around)).filter((name) =>
        name !== "uploads"
      );
      if (outside.length > 0) throw new Error(`Outside the store: ${outside}`);
      const files = new Map<string, StoredFile>();
      for (const name of await readdir(folder)) {
        const bytes = await readFile(join(folder, name)).catch(() => undefined);
        // Between the two calls a file may have gone.
        if (bytes) files.set(name, describeFile(bytes));
      }
      return files;
    },
    async clear() {
      for (const name of await readdir(folder)) await rm(join(folder, name));
    },
    async close() {
      child.kill();
      await closed;
      await rm(around, { recursive: true, force: true });
    },
  };
}

interface Bindings {
  INSPECTOR: { fetch(url: string, init: RequestInit): Promise<Response> };
}

async function startWorker(maxUpload?: number): Promise<UploadServer> {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [`${example}worker.ts`],
    tsconfigRaw: {},
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    external: ["node:*"],
    logLevel: "silent",
  });
  const r2Buckets = { UPLOADS: "uploads" };
  const common = { modules: true, compatibilityDate: "2026-07-30", r2Buckets };
  const miniflare = new Miniflare({
    workers: [
      {
        ...common,
        name: "upload",
        script: bundle?.text ?? "",
        compatibilityFlags: ["nodejs_compat"],
        serviceBindings: { INSPECTOR: "inspector" },
        bindings: { MAX_UPLOAD: String(maxUpload ?? "") },
        durableObjects: { LIVE: { className: "LivePicture", useSQLite: true } },
        assets: {
          directory: `${example}page`,
          binding: "ASSETS",
          routerConfig: {
            has_user_worker: true,
            invoke_user_worker_ahead_of_assets: true,
          },
        },
      },
      { ...common, name: "inspector", script: inspector },
    ],
    handleRuntimeStdio() {}, // It logs each client that hangs up.
  });
  async function inspect(method: string): Promise<[string, StoredFile][]> {
    const { INSPECTOR } = await miniflare.getBindings<Bindings>();
    const response = await INSPECTOR.fetch("http://inspector/", { method });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return JSON.parse(text);
  }
  return {
    url: (await miniflare.ready).href,
    stored: async () => new Map(await inspect("GET")),
    clear: async () => void await inspect("DELETE"),
    close: () => miniflare.dispose(),
  };
}

/** Looks into the bucket from within: from outside, Miniflare copies slowly. */
const inspector = `export default {
  async fetch(request, { UPLOADS }) {
    const files = [];
    for (const { key, size } of (await UPLOADS.list()).objects) {
      if (request.method === "DELETE") {
        await UPLOADS.delete(key);
      } else {
        const bytes = await (await UPLOADS.get(key)).arrayBuffer();
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        files.push([key, { size, sha256: hash.toHex() }]);
      }
    }
    return Response.json(files);
  }
}`;

export function describeFile(bytes: Uint8Array): StoredFile {
  return {
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
}
