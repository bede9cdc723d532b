import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import { randomBytes } from "../random.ts";
import { MIB } from "../reading/body.ts";
import type { LoopbackServer } from "./compare.ts";

const execute = promisify(execFile);

/** What the server read, and how long that took. */
interface Answer {
  readonly size: number;
  readonly milliseconds: number;
}

/** One large file, sent by curl; the server's memory is watched meanwhile. */
export async function compareUploads(
  servers: readonly LoopbackServer[],
  { isQuick }: MeasureSettings,
): Promise<Measured> {
  const size = (isQuick ? 64 : 512) * MIB;
  const folder = await mkdtemp(join(tmpdir(), "tributary-bench-"));
  try {
    const [small, large] = await Promise.all([
      makeFile(join(folder, "small.bin"), MIB),
      makeFile(join(folder, "large.bin"), size),
    ]);
    const peaks: (() => Promise<number>)[] = [];
    for (const { server } of servers) {
      await upload(server.url, small);
      peaks.push(await server.watchPeak());
    }
    const timings = await measure({
      input: large,
      contenders: servers.map(({ name, family, server }) => ({
        name,
        family,
        load: () => Promise.resolve((path: string) => upload(server.url, path)),
      })),
      check: (answer) =>
        answer.size >= size ? undefined : `${answer.size} bytes`,
      // curl's own clock: its process takes a while to start.
      timeOf: ({ milliseconds }) => milliseconds,
      budget: isQuick ? 1_500 : 8_000,
    });
    const values: Record<string, number> = {};
    for (const [index, peakOf] of peaks.entries()) {
      values[`peak MiB, ${servers[index].name}`] = await peakOf() / MIB;
    }
    return {
      title: `Upload of ${size / MIB} MiB over loopback, from curl`,
      unit: "bytes",
      bytes: size,
      parts: 1,
      timings,
      values,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeFile(path: string, size: number): Promise<string> {
  const block = randomBytes(MIB);
  await using file = await open(path, "w");
  for (let at = 0; at < size; at += MIB) await file.write(block);
  return path;
}

async function upload(url: string, path: string): Promise<Answer> {
  const { stdout } = await execute("curl", [
    "--silent",
    "--show-error",
    "--fail-with-body",
    "--header",
    "Expect:",
    "--form",
    `file=@${path}`,
    "--write-out",
    "\n%{time_total}",
    url,
  ]);
  const [size, seconds] = stdout.split("\n");
  return { size: Number(size), milliseconds: Number(seconds) * 1000 };
}
