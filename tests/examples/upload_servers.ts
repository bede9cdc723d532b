/** Starts the upload example on each runtime, with a store of its own. */
import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import {
  servedInspector,
  writeInspector,
} from "../../examples/inspector/build.ts";
import { bundleWorker } from "../driving/bundles.ts";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { startExample } from "./running.ts";
import { readWrangler } from "./wrangler.ts";

export interface UploadServer {
  /** Ends in a slash. */
  url: string;
  /** Returns all files in the store by name, including incomplete files. */
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
  /**
   * Starts a server that accepts requests of at most `maxUpload` bytes, or of
   * any size.
   */
  start(maxUpload?: number | string): Promise<UploadServer>;
}

const example = fileURLToPath(
  new URL("../../examples/upload/", import.meta.url),
);

export const uploadRuntimes: UploadRuntime[] = [
  {
    name: "Deno",
    start: (maxUpload) =>
      startProcess(maxUpload, (folder) => [
        "deno",
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
      startProcess(maxUpload, () => ["bun", `${example}serve_bun.ts`]),
  },
  {
    name: "Node",
    start: (maxUpload) =>
      startProcess(maxUpload, () => ["node", `${example}serve_node.ts`]),
  },
  { name: "Worker", start: startWorker },
];

let built: Promise<void> | undefined;

/** Builds the inspector that the servers serve, as `npm start` does. */
function buildInspector(): Promise<void> {
  return built ??= writeInspector(servedInspector);
}

async function startProcess(
  maxUpload: number | string | undefined,
  command: (folder: string) => string[],
): Promise<UploadServer> {
  // The store is a folder within a folder, to detect files outside of it.
  await buildInspector();
  const around = await makeFolder();
  const folder = join(around, "uploads");
  const { url, close } = await startExample(command(folder), {
    env: { UPLOAD_DIR: folder, MAX_UPLOAD: String(maxUpload ?? "") },
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
        // A file may have been removed between the two calls.
        if (bytes) files.set(name, describeFile(bytes));
      }
      return files;
    },
    async clear() {
      for (const name of await readdir(folder)) await rm(join(folder, name));
    },
    async close() {
      await close();
      await removeFolder(around);
    },
  };
}

interface Bindings {
  INSPECTOR: { fetch(url: string, init: RequestInit): Promise<Response> };
}

async function startWorker(maxUpload?: number | string): Promise<UploadServer> {
  await buildInspector();
  const config = await readWrangler("upload");
  const { assets, compatibility_date: compatibilityDate } = config;
  const r2Buckets = Object.fromEntries(
    config.r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name]),
  );
  const common = { modules: true, compatibilityDate, r2Buckets };
  const miniflare = new Miniflare({
    workers: [
      {
        ...common,
        name: "upload",
        script: await bundleWorker(`${example}${config.main}`),
        compatibilityFlags: config.compatibility_flags,
        serviceBindings: { INSPECTOR: "inspector" },
        bindings: { MAX_UPLOAD: String(maxUpload ?? "") },
        durableObjects: Object.fromEntries(
          config.durable_objects.bindings.map(({ name, class_name }) => [name, {
            className: class_name,
            useSQLite: config.migrations.some(({ new_sqlite_classes }) =>
              new_sqlite_classes.includes(class_name)
            ),
          }]),
        ),
        assets: {
          directory: `${example}${assets.directory}`,
          binding: assets.binding,
          routerConfig: {
            has_user_worker: true,
            invoke_user_worker_ahead_of_assets: assets.run_worker_first,
          },
        },
      },
      { ...common, name: "inspector", script: inspector },
    ],
    handleRuntimeStdio() {}, // It would log clients that hang up.
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

/**
 * Reads the bucket inside workerd, since copying objects out of Miniflare is
 * slow.
 */
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
