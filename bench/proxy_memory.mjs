/**
 * Measures the memory of the proxy example on Deno, Bun and Node:
 *
 *     node bench/proxy_memory.mjs [--size MiB] [--runtimes node,bun,deno]
 *
 * The real curl sends one file through the proxy to a second server, which
 * hashes what arrives. Peak and idle are the proxy's resident memory. It fails
 * if the peak is more than 64 MiB over idle.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
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
    size: { type: "string", default: "1024" },
    runtimes: { type: "string", default: "deno,bun,node" },
  },
});

// What passes through becomes garbage while it is young. Without a limit, V8's
// young generation would grow.
const YOUNG = "--max-semi-space-size=2";

const RUN = {
  deno: [
    "run",
    "--no-prompt",
    "--no-check",
    `--v8-flags=${YOUNG}`,
    "--allow-net",
    "--allow-env",
  ],
  bun: [],
  node: [YOUNG],
};

/** Whether the complete file arrived, followed by what the proxy adds. */
function isWhole(answer, { size, sha256 }) {
  const [file, via] = JSON.parse(answer);
  return file.size === size && file.sha256 === sha256 && via.name === "via";
}

async function measure(name, upstream, file, warmUp) {
  const args = [...RUN[name], "examples/proxy.ts", upstream];
  const server = await startOn(name, args);
  const send = ({ path }) => upload(server.url, ["--form", `file=@${path}`]);
  try {
    await send(warmUp);
    await sleep(500);
    const idle = await server.memory() / MiB;
    const peakOf = await server.watchPeak();
    const { answer, seconds } = await send(file);
    const peak = await peakOf() / MiB;
    return { idle, peak, seconds, whole: isWhole(answer, file) };
  } finally {
    await server.stop();
  }
}

const samples = await mkdtemp(join(tmpdir(), "tributary-samples-"));
const upstream = await startOn("node", ["bench/hash_server.ts"]);
let isBounded = true;
try {
  const warmUp = await generate(join(samples, "warm_up"), MiB);
  const file = await generate(join(samples, "file"), options.size * MiB);
  printRow([
    "runtime",
    "file",
    "idle MiB",
    "peak MiB",
    "more MiB",
    "seconds",
    "MiB/s",
    "SHA-256",
  ]);
  for (const name of options.runtimes.split(",")) {
    const { idle, peak, seconds, whole } = await measure(
      name,
      upstream.url,
      file,
      warmUp,
    );
    isBounded &&= peak - idle <= BOUND_MIB;
    printRow([
      name,
      `${options.size} MiB`,
      ...[idle, peak, peak - idle, seconds].map((figure) => figure.toFixed(1)),
      Math.round(options.size / seconds),
      whole ? "right" : "wrong",
    ]);
    if (!whole) process.exitCode = 1;
  }
  console.log(
    `At most ${BOUND_MIB} MiB more than idle: ${isBounded ? "yes" : "no"}`,
  );
  if (!isBounded) process.exitCode = 1;
} finally {
  await upstream.stop();
  await rm(samples, { recursive: true, force: true });
}
