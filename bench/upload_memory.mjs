/**
 * Measures the memory of the upload example on Deno, Bun and Node:
 *
 *     node bench/upload_memory.mjs [--large MiB] [--small MiB] [--runtimes node,bun,deno]
 *
 * Each runtime gets a new server for each workload. A small upload warms it up,
 * and then the real curl sends one large file, or three smaller ones in one
 * PUT. Peak and idle are the server's own resident memory.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import {
  BOUND_MIB,
  generate,
  MiB,
  printRow,
  startOn,
  upload,
} from "./upload_client.mjs";

const { values: options } = parseArgs({
  options: {
    large: { type: "string", default: "2048" },
    small: { type: "string", default: "100" },
    runtimes: { type: "string", default: "deno,bun,node" },
  },
});

const SERVERS = {
  deno: (folder) => [
    "run",
    "--no-prompt",
    "--no-check",
    "--v8-flags=--max-semi-space-size=2", // As in the task that starts it.
    "--import-map=tests/runtimes/npm_imports.json",
    "--allow-net",
    "--allow-env=PORT,HOST,UPLOAD_DIR,MAX_UPLOAD",
    `--allow-read=examples/upload,${folder}`,
    `--allow-write=${folder}`,
    "examples/upload/serve_deno.ts",
  ],
  bun: () => ["examples/upload/serve_bun.ts"],
  node: () => ["examples/upload/serve_node.ts"],
};

async function sha256Of(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: MiB }), hash);
  return hash.digest("hex");
}

function startUploads(name, folder) {
  return startOn(name, SERVERS[name](folder), {
    UPLOAD_DIR: folder,
    MAX_UPLOAD: "",
  });
}

/**
 * Uploads files in one PUT. Returns the server's response, and the time it
 * took.
 */
async function put(url, files) {
  const forms = files.flatMap(({ path }) => ["--form", `file=@${path}`]);
  const { answer, seconds } = await upload(url, ["--request", "PUT", ...forms]);
  const { files: stored } = JSON.parse(answer);
  if (!stored) throw new Error(`Cannot measure: the server answered ${answer}`);
  return { stored, seconds };
}

/**
 * Compares what was sent with the server's response and the files on the disk.
 */
async function findDamage(files, stored, folder) {
  for (const [i, { size, sha256 }] of files.entries()) {
    const file = stored[i];
    if (file?.size !== size || file.sha256 !== sha256) {
      return "the server's SHA-256 is wrong";
    }
    if (await sha256Of(join(folder, file.stored)) !== sha256) {
      return "the stored file is wrong";
    }
  }
  return undefined;
}

async function measure(name, files, warmUp) {
  const folder = await mkdtemp(join(tmpdir(), "tributary-store-"));
  const server = await startUploads(name, folder);
  try {
    await put(server.url, [warmUp]);
    await sleep(500);
    const idle = await server.memory() / MiB;
    const peakOf = await server.watchPeak();
    const { stored, seconds } = await put(server.url, files);
    const peak = await peakOf() / MiB;
    const damage = await findDamage(files, stored, folder);
    const left = (await readdir(folder)).length - files.length - 1;
    return {
      idle,
      peak,
      seconds,
      damage: damage ?? (left ? `${left} files too many` : undefined),
    };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const samples = await mkdtemp(join(tmpdir(), "tributary-samples-"));
let isBounded = true;
try {
  const warmUp = await generate(join(samples, "warm_up"), MiB);
  const large = await generate(join(samples, "large"), options.large * MiB);
  const small = [];
  for (const i of [1, 2, 3]) {
    small.push(
      await generate(join(samples, `small_${i}`), options.small * MiB),
    );
  }
  const workloads = [
    [`1 x ${options.large} MiB`, [large]],
    [`3 x ${options.small} MiB`, small],
  ];
  printRow([
    "runtime",
    "files",
    "idle MiB",
    "peak MiB",
    "more MiB",
    "seconds",
    "MiB/s",
    "SHA-256",
  ]);
  for (const name of options.runtimes.split(",")) {
    for (const [title, files] of workloads) {
      const { idle, peak, seconds, damage } = await measure(
        name,
        files,
        warmUp,
      );
      const total = files.reduce((sum, { size }) => sum + size, 0) / MiB;
      const more = peak - idle;
      isBounded &&= more <= BOUND_MIB;
      const figures = [idle, peak, more, seconds].map((figure) =>
        figure.toFixed(1)
      );
      printRow([
        name,
        title,
        ...figures,
        Math.round(total / seconds),
        damage ? "wrong" : "right",
      ]);
      if (damage) {
        console.log(`${name}: ${damage}`);
        process.exitCode = 1;
      }
    }
  }
  console.log(
    `At most ${BOUND_MIB} MiB more than idle: ${isBounded ? "yes" : "no"}`,
  );
} finally {
  await rm(samples, { recursive: true, force: true });
}
