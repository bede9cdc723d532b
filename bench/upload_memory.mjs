/**
 * Measures the memory that the upload example takes on Deno, Bun and Node:
 *
 *     node bench/upload_memory.mjs [--large MiB] [--small MiB] [--runtimes node,bun,deno]
 *
 * Each runtime gets a new server for each workload, a small upload to warm it
 * up, and then, from the real curl, one large file or three smaller ones in one
 * PUT. Peak and idle are of the server's resident memory, all of its own.
 */
import { execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import {
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const MiB = 1024 * 1024;
const BOUND_MIB = 64;

const root = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

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

/** Writes a file that nothing can compress or guess, and hashes it on the way. */
async function generate(path, size) {
  const hash = createHash("sha256");
  const block = randomBytes(MiB);
  const file = await open(path, "w");
  for (let written = 0; written < size; written += MiB) {
    block.writeDoubleLE(written); // So that no two blocks are alike.
    const piece = block.subarray(0, Math.min(MiB, size - written));
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  return { path, size, sha256: hash.digest("hex") };
}

async function sha256Of(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: MiB }), hash);
  return hash.digest("hex");
}

async function startServer(name, folder) {
  const own = join(root, "node_modules/.bin", name);
  const child = spawn(existsSync(own) ? own : name, SERVERS[name](folder), {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      PORT: "0",
      HOST: "127.0.0.1",
      UPLOAD_DIR: folder,
      MAX_UPLOAD: "",
    },
  });
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    output += text;
    const url = /Listening on (\S+)/.exec(output)?.[1];
    if (url) return { child, url };
  }
  throw new Error(`Cannot measure ${name}: its server ended`);
}

/** One number of /proc, in MiB; the kernel itself keeps the peak there. */
async function procStatus(pid, field) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) /
    1024;
}

async function residentMemory(pid) {
  if (process.platform === "linux") return procStatus(pid, "VmRSS");
  const { stdout } = await run("ps", ["-o", "rss=", "-p", String(pid)]);
  return Number(stdout) / 1024;
}

/** Watches a process until its peak is asked for. */
async function watchPeak(pid) {
  if (process.platform === "linux") {
    // "5" sets VmHWM back to the memory of now (proc(5)).
    const isReset = await writeFile(`/proc/${pid}/clear_refs`, "5").then(
      () => true,
      () => false,
    );
    if (isReset) return () => procStatus(pid, "VmHWM");
  }
  let peak = 0;
  let watching = true;
  const watched = (async () => {
    while (watching) {
      peak = Math.max(peak, await residentMemory(pid));
      await sleep(20);
    }
  })();
  return async () => {
    watching = false;
    await watched;
    return peak;
  };
}

/** Uploads files in one PUT; gives what the server said of them, and the time it took. */
async function upload(url, files) {
  const forms = files.flatMap(({ path }) => ["--form", `file=@${path}`]);
  const args = [
    "--silent",
    "--show-error",
    "--request",
    "PUT",
    "--header",
    "Expect:",
    ...forms,
  ];
  const started = performance.now();
  const { stdout } = await run("curl", [...args, url]);
  const seconds = (performance.now() - started) / 1000;
  const answer = JSON.parse(stdout);
  if (!answer.files) {
    throw new Error(`Cannot measure: the server answered ${stdout}`);
  }
  return { stored: answer.files, seconds };
}

/** Compares what was sent with what the server says and with what is on the disk. */
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
  const { child, url } = await startServer(name, folder);
  try {
    await upload(url, [warmUp]);
    await sleep(500);
    const idle = await residentMemory(child.pid);
    const peakOf = await watchPeak(child.pid);
    const { stored, seconds } = await upload(url, files);
    const peak = await peakOf();
    const damage = await findDamage(files, stored, folder);
    const left = (await readdir(folder)).length - files.length - 1;
    return {
      idle,
      peak,
      seconds,
      damage: damage ?? (left ? `${left} files too many` : undefined),
    };
  } finally {
    child.kill();
    await once(child, "close");
    await rm(folder, { recursive: true, force: true });
  }
}

function printRow(cells) {
  console.log(
    cells.map((cell, i) =>
      i < 2 ? String(cell).padEnd(14) : String(cell).padStart(10)
    ).join(""),
  );
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
