/** Every example that is a server, and how each of its runtimes starts it. */
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Miniflare } from "miniflare";
import { bundleWorker } from "../driving/bundles.ts";
import { inFolder } from "../driving/folders.ts";
import { withServer } from "../driving/servers.ts";
import { root } from "../runtimes/names.ts";
import { examplePath, onEachRuntime, startExample } from "./running.ts";
import { uploadRuntimes } from "./upload_servers.ts";
import { readWrangler } from "./wrangler.ts";

/** A running program. */
export interface Running {
  /** Ends in a slash. */
  url: string;
  /** Returns the names of the files that it stored. */
  stored(): Promise<string[]>;
}

/** A server, in one file of `examples/` or in a folder. */
export interface Program {
  /** Its path relative to `examples/`. */
  path: string;
  /** The keys are the names of its runtimes. */
  runs: Record<string, (use: (running: Running) => Promise<void>) => unknown>;
  /** The method for sending multiparts to it. */
  method: "POST" | "PUT";
  /** The path to send to, without the slash that the URL ends in. */
  route: string;
  headers: Record<string, string>;
  /** The field name that it expects for a file, if any. */
  input?: string;
  /** The subtypes that it reads. Empty if it reads no bodies. */
  accepts: readonly Subtype[];
}

/** `urlencoded` stands for the other type that `readForm()` accepts. */
export type Subtype =
  | "form-data"
  | "mixed"
  | "related"
  | "x-mixed-replace"
  | "urlencoded";

const TOKEN = "secret";

interface Start {
  command: string[];
  env?: Record<string, string>;
  cwd?: string;
}

/** Runs a program in a process, with a folder of its own for its files. */
function inProcess(
  start: (folder: string) => Start,
  stored: (folder: string) => string[] | Promise<string[]> = filesIn,
): Program["runs"][string] {
  return (use) =>
    inFolder(async (folder) => {
      const { command, ...options } = start(folder);
      const server = await startExample(command, options);
      try {
        await use({
          url: server.url,
          stored: () => Promise.resolve(stored(folder)),
        });
      } finally {
        await server.close();
      }
    });
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

interface Bindings {
  UPLOADS: { list(): Promise<{ objects: { key: string }[] }> };
}

/** Runs a Worker. If it has a bucket, the binding is UPLOADS. */
function inWorker(path: string, folder?: string): Program["runs"][string] {
  return async (use) => {
    const config = folder === undefined
      ? undefined
      : await readWrangler(folder);
    const miniflare = new Miniflare({
      modules: true,
      script: await bundleWorker(examplePath(path)),
      compatibilityDate: config?.compatibility_date ?? "2026-07-30",
      r2Buckets: config?.r2_buckets.map(({ binding }) => binding) ?? [],
      handleRuntimeStdio() {}, // It would log clients that hang up.
    });
    try {
      await use({
        url: (await miniflare.ready).href,
        async stored() {
          if (config === undefined) return [];
          const { UPLOADS } = await miniflare.getBindings<Bindings>();
          const { objects } = await UPLOADS.list();
          return objects.map(({ key }) => key);
        },
      });
    } finally {
      await miniflare.dispose();
    }
  };
}

const denoRun = (...options: string[]) => [
  ...["deno", "run", "--no-prompt", "--no-check"],
  ...options,
];
const denoServe = (...options: string[]) => [
  ...["deno", "serve", "--no-prompt", "--no-check"],
  ...["--host=127.0.0.1", "--port=0"],
  // By default, Deno searches from the current folder.
  `--config=${join(root, "deno.json")}`,
  ...options,
];

/** Most programs accept forms posted to `/`. */
const form = {
  method: "POST",
  route: "",
  headers: {},
  accepts: ["form-data"],
} satisfies Partial<Program>;

/** A server that answers only GET, on each runtime. */
function reading(
  path: string,
  args: (folder: string) => string[] = () => [],
): Program {
  const run = (command: string[]) =>
    inProcess((folder) => ({
      command: [...command, examplePath(path), ...args(folder)],
    }), () => []);
  return {
    ...form,
    path,
    accepts: [],
    runs: {
      Deno: run(denoRun("--allow-net", "--allow-env", "--allow-read")),
      Bun: run(["bun"]),
      Node: run(["node"]),
    },
  };
}

/** A module whose default export is a server. */
function exported(path: string): Program["runs"] {
  const file = examplePath(path);
  return {
    Deno: inProcess(() => ({ command: [...denoServe(), file] })),
    Bun: inProcess(() => ({ command: ["bun", file] })),
  };
}

/** The server that forms are forwarded to. */
const upstream = createServer((request, response) => {
  request.resume().on("end", () => response.end("passed on\n"));
  request.on("error", () => response.destroy());
});

function passingOn(command: string[]): Program["runs"][string] {
  return (use) =>
    withServer(
      (...exchange) => void upstream.emit("request", ...exchange),
      async (url) => {
        const path = examplePath("proxy.ts");
        const start = () => ({ command: [...command, path, url] });
        await inProcess(start)(use);
      },
    );
}

function idsIn(folder: string): string[] {
  const database = new DatabaseSync(join(folder, "files.db"));
  const rows = database.prepare("SELECT id FROM files").all();
  database.close();
  return rows.map(({ id }) => String(id));
}

const fileStore = examplePath("file_store.ts");
const database = (folder: string) => join(folder, "files.db");

export const programs: readonly Program[] = [
  {
    ...form,
    path: "upload_deno.ts",
    input: "photo",
    accepts: ["form-data", "urlencoded"],
    runs: {
      Deno: inProcess((folder) => ({
        command: [
          ...denoRun("--allow-net", "--allow-env"),
          ...["--allow-read", "--allow-write"],
          ...[examplePath("upload_deno.ts"), folder],
        ],
      })),
    },
  },
  {
    ...form,
    path: "upload_bun.ts",
    input: "photo",
    accepts: ["form-data", "urlencoded"],
    runs: {
      Bun: inProcess((folder) => ({
        command: ["bun", examplePath("upload_bun.ts"), folder],
      })),
    },
  },
  {
    ...form,
    path: "upload_node.ts",
    input: "photo",
    accepts: ["form-data", "urlencoded"],
    runs: {
      Node: inProcess((folder) => ({
        command: ["node", examplePath("upload_node.ts"), folder],
      })),
    },
  },
  {
    ...form,
    path: "hono.ts",
    route: "upload",
    runs: { ...exported("hono.ts"), Worker: inWorker("hono.ts") },
  },
  {
    ...form,
    path: "graphql_upload.ts",
    runs: {
      Deno: inProcess(() => ({
        command: [
          ...denoServe("--allow-env"),
          examplePath("graphql_upload.ts"),
        ],
      })),
    },
  },
  {
    ...form,
    path: "put_files.ts",
    method: "PUT",
    runs: exported("put_files.ts"),
  },
  {
    ...form,
    path: "file_store.ts",
    runs: {
      Deno: inProcess((folder) => ({
        command: [
          ...denoServe("--allow-read", "--allow-write"),
          ...[fileStore, database(folder)],
        ],
      }), idsIn),
      Bun: inProcess((folder) => ({
        command: ["bun", fileStore, database(folder)],
      }), idsIn),
    },
  },
  {
    ...form,
    path: "stores/sqlite.ts",
    input: "scans",
    accepts: ["form-data", "urlencoded"],
    runs: Object.fromEntries(
      onEachRuntime(
        examplePath("stores/sqlite.ts"),
        ...["--allow-net", "--allow-env", "--allow-read", "--allow-write"],
      ).map(({ name, command }) => [
        name,
        inProcess((folder) => ({
          command: [...command, database(folder)],
        }), idsIn),
      ]),
    ),
  },
  { ...form, path: "convert.ts", runs: exported("convert.ts") },
  {
    ...form,
    path: "auth_upload.ts",
    headers: { authorization: `Bearer ${TOKEN}` },
    runs: {
      Node: inProcess(() => ({
        command: ["node", examplePath("auth_upload.ts")],
        env: { TOKEN },
      })),
    },
  },
  {
    ...form,
    path: "nginx/backend.ts",
    route: "stream",
    runs: {
      Node: inProcess(() => ({
        command: ["node", examplePath("nginx/backend.ts")],
        env: { TOKEN },
      })),
    },
  },
  {
    ...form,
    path: "proxy.ts",
    runs: {
      Deno: passingOn(denoRun("--allow-net", "--allow-env")),
      Bun: passingOn(["bun"]),
      Node: passingOn(["node"]),
    },
  },
  {
    ...form,
    path: "batch.ts",
    accepts: ["mixed"],
    runs: {
      Deno: inProcess(() => ({
        command: [...denoServe(), examplePath("batch.ts")],
      })),
    },
  },
  {
    ...form,
    path: "related_upload.ts",
    accepts: ["related"],
    runs: {
      Deno: inProcess((cwd) => ({
        command: [
          ...denoServe("--allow-read", "--allow-write"),
          examplePath("related_upload.ts"),
        ],
        cwd,
      })),
    },
  },
  {
    ...form,
    path: "r2_upload/worker.ts",
    input: "film",
    accepts: ["form-data", "urlencoded"],
    runs: { Worker: inWorker("r2_upload/worker.ts", "r2_upload") },
  },
  {
    ...form,
    path: "upload",
    route: "upload",
    runs: Object.fromEntries(uploadRuntimes.map(({ name, start }) => [
      name,
      async (use) => {
        const server = await start();
        try {
          await use({
            url: server.url,
            stored: async () => [...(await server.stored()).keys()],
          });
        } finally {
          await server.close();
        }
      },
    ])),
  },
  reading("mjpeg_server.ts"),
  reading("range_server.ts", (folder) => {
    const path = join(folder, "city.txt");
    writeFileSync(path, "Oslo");
    return [path, "text/plain"];
  }),
];
