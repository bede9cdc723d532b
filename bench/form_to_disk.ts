/**
 * Compares saving a form's file with saving the bare request: `readForm()` with
 * `saveTo()`, and `pipeline()` from the request to a file, over loopback from
 * curl, on Node, Deno and Bun:
 *
 *     node bench/form_to_disk.ts [mebibytes] [rounds]
 *
 * Each server is a separate process, and the two alternate. Both sync what they
 * have written. It prints the best times, their ratio, and how much resident
 * memory grew over that of the idle server. The bar is 1.05 times, and 64 MiB.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const [mebibytes = 1024, rounds = 5] = process.argv.slice(2).map(Number);
const root = fileURLToPath(new URL("..", import.meta.url));
const server = join(root, "bench", "form_to_disk_server.ts");
const bin = (name: string) => join(root, "node_modules", ".bin", name);
/**
 * As docs/forms.md recommends. V8 and JavaScriptCore then collect chunks
 * earlier.
 */
const YOUNG = "--v8-flags=--max-semi-space-size=2";
const runtimes = {
  Node: [bin("node"), server],
  Deno: [bin("deno"), "run", "-A", "--no-check", YOUNG, server],
  Bun: [bin("bun"), "--smol", server],
};

/** Resident memory in MiB, as Linux reports it. `VmHWM` is the peak. */
function memoryOf(pid: number, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kibibytes = "0"] = new RegExp(`${field}:\\s+(\\d+)`).exec(status) ??
    [];
  return Number(kibibytes) / 1024;
}

interface Server {
  /** Sends a file, and returns how many seconds that took. */
  send(file: string): number;
  /** The peak of memory, in MiB over idle. */
  memory(): number;
  close(): void;
}

async function start(
  [command = "", ...args]: readonly string[],
  way: "form" | "pipeline",
  folder: string,
): Promise<Server> {
  const child = spawn(command, [...args, way, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const found = /Listening on (\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    });
    child.on("exit", () => reject(new Error(`The server ended: ${output}`)));
  });
  const pid = child.pid ?? 0;
  const send = (file: string): number => {
    const started = performance.now();
    const form = ["-F", `f=@${file};type=application/octet-stream`];
    const answer = execFileSync("curl", ["-sS", "-H", "Expect:", ...form, url]);
    if (answer.toString() !== "saved") throw new Error(answer.toString());
    return (performance.now() - started) / 1000;
  };
  send(server); // A small file first, so that all code has run once.
  const idle = memoryOf(pid, "VmRSS");
  return {
    send,
    memory: () => memoryOf(pid, "VmHWM") - idle,
    close: () => void child.kill(),
  };
}

interface Measured {
  /** The best of all rounds. */
  seconds: number;
  /** In MiB over idle. */
  memory: number;
}

/** Sends to both in turns, so that both use the same disk. */
async function measure(
  command: readonly string[],
  folder: string,
  upload: string,
): Promise<Record<"form" | "pipeline", Measured>> {
  const form = await start(command, "form", folder);
  const pipeline = await start(command, "pipeline", folder);
  try {
    const times = { form: Infinity, pipeline: Infinity };
    for (let round = 0; round < rounds; round++) {
      times.form = Math.min(times.form, form.send(upload));
      times.pipeline = Math.min(times.pipeline, pipeline.send(upload));
    }
    return {
      form: { seconds: times.form, memory: form.memory() },
      pipeline: { seconds: times.pipeline, memory: pipeline.memory() },
    };
  } finally {
    form.close();
    pipeline.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), "tributary-form-"));
try {
  const upload = join(folder, "upload.bin");
  const handle = openSync(upload, "w");
  ftruncateSync(handle, mebibytes * 1024 * 1024);
  closeSync(handle);
  console.log(`${mebibytes} MiB, best of ${rounds}`);
  for (const [name, command] of Object.entries(runtimes)) {
    const { form, pipeline } = await measure(command, folder, upload);
    const show = ({ seconds, memory }: Measured) =>
      `${seconds.toFixed(2)} s, ${memory.toFixed(0)} MiB over idle`;
    const ratio = (form.seconds / pipeline.seconds).toFixed(2);
    console.log(
      `${name}: readForm ${show(form)}; pipeline ${
        show(pipeline)
      }; ${ratio} times`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
