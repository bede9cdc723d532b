/** Measures end to end: real servers and a real client over loopback. */
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Contender, OWN_FAMILY } from "../contender.ts";
import { measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import { randomBytes } from "../random.ts";
import { MIB } from "../reading/body.ts";
import type { BenchRuntime } from "../runtimes.ts";
import { type ServerProcess, startServer } from "../server_process.ts";
import {
  areEqual,
  findFormFault,
  type Fire,
  type Load,
  loadGenerator,
  sendForm,
  smallForm,
  upload,
  type Uploaded,
} from "./client.ts";

/** A way to handle uploads, and the jobs and runtimes for it. */
interface Way {
  readonly name: string;
  readonly family: string;
  readonly runtimes?: readonly string[];
  /** All jobs, if undefined. */
  readonly jobs?: readonly string[];
}

/** The jobs that share servers. */
export const sharedJobs = ["small-form", "upload-sink", "upload-disk"] as const;

const ways: readonly Way[] = [
  { name: "draining alone", family: "drain" },
  { name: "MultipartReader", family: OWN_FAMILY },
  {
    name: "MultipartReader, part.body",
    family: OWN_FAMILY,
    jobs: ["upload-sink", "upload-disk"],
  },
  {
    name: "readForm()",
    family: OWN_FAMILY,
    jobs: ["small-form", "upload-disk"],
  },
  { name: "busboy", family: "busboy" },
  { name: "@fastify/busboy", family: "@fastify/busboy" },
  { name: "multer", family: "multer" },
  { name: "formidable", family: "formidable" },
  { name: "@fastify/multipart", family: "@fastify/multipart" },
  { name: "Hono", family: "Hono" },
  { name: "Elysia", family: "Elysia", runtimes: ["bun"] },
  { name: "native formData()", family: "native" },
];

const SMALL_FILE = MIB;
const WARM_FILE = 64 * MIB;

/** A warmed-up server, or the reason why it cannot take part. */
interface Entrant {
  readonly way: Way;
  readonly server?: ServerProcess;
  readonly problem?: string;
}

/** The inputs of a job. */
interface Setting {
  readonly entrants: readonly Entrant[];
  readonly isQuick: boolean;
  readonly generator: { readonly name: string; readonly fire: Fire };
  readonly large: string;
  readonly size: number;
}

/**
 * Measures one runtime's servers. This runs in the main process. Each way to
 * handle uploads has one server, which runs all jobs once before any is
 * measured.
 */
export async function* compareShared(
  runtime: BenchRuntime,
  names: readonly string[],
  { isQuick, isWanted }: MeasureSettings,
): AsyncGenerator<[name: string, measured: Measured]> {
  await using folder = await TemporaryFolder.make();
  await using stack = new AsyncDisposableStack();
  const size = (isQuick ? 64 : 512) * MIB;
  const generator = await loadGenerator(folder.path);
  const [small, warm, large] = await Promise.all([
    makeFile(join(folder.path, "small.bin"), SMALL_FILE),
    makeFile(join(folder.path, "warm.bin"), WARM_FILE),
    makeFile(join(folder.path, "large.bin"), size),
  ]);
  const entrants: Entrant[] = [];
  for (const way of ways) {
    if (!isWanted(way.name)) continue;
    if (way.runtimes?.includes(runtime.name) === false) continue;
    try {
      const server = stack.use(await start(runtime, way, folder.path));
      await warmUp(server.url, way, generator.fire, small, warm);
      entrants.push({ way, server });
    } catch (error) {
      entrants.push({ way, problem: shortened(error) });
    }
  }
  const setting = { entrants, isQuick, generator, large, size };
  for (const name of names) {
    yield [
      name,
      name === "small-form"
        ? await compareForms(setting)
        : await compareUploads(setting, name),
    ];
  }
}

/** Measures how much memory an upload takes. Each way has a fresh server. */
export async function compareMemory(
  runtime: BenchRuntime,
  { isQuick }: MeasureSettings,
): Promise<Measured> {
  await using folder = await TemporaryFolder.make();
  const size = (isQuick ? 64 : 512) * MIB;
  const small = await makeFile(join(folder.path, "small.bin"), SMALL_FILE);
  const large = await makeFile(join(folder.path, "large.bin"), size);
  const values: Record<string, number> = {};
  for (const way of ways.slice(0, 3)) {
    await using server = await start(runtime, way, folder.path);
    for (let round = 0; round < 3; round++) {
      await upload(server.url, "sink", small);
    }
    const peakOf = await server.watchPeak();
    for (let round = 0; round < 2; round++) {
      const { found } = await upload(server.url, "sink", large);
      const fault = findSizeFault(way, found.sizes, size);
      if (fault) throw new Error(fault);
    }
    values[`peak MiB, ${way.name}`] = await peakOf() / MIB;
  }
  return {
    title: `Memory of a server that reads ${size / MIB} MiB over loopback`,
    unit: "bytes",
    bytes: size,
    parts: 1,
    timings: [],
    values,
  };
}

async function start(
  { command, args }: BenchRuntime,
  { name }: Way,
  folder: string,
): Promise<ServerProcess> {
  if (!command) throw new Error("it is not installed; run npm install");
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  return await startServer({
    command,
    args: [...args, `${cwd}serve.ts`, name],
    cwd,
    env: { UPLOAD_FOLDER: folder },
    // Deno prints an error for each connection that the load generator closes.
    isQuiet: true,
  });
}

/** Runs each job once, and compares the small file that was saved. */
async function warmUp(
  url: string,
  way: Way,
  fire: Fire,
  small: string,
  warm: string,
): Promise<void> {
  if (takesPart(way, "small-form")) {
    await findFaultInForm(way, url);
    await fire(url, 1);
  }
  if (takesPart(way, "upload-sink")) await upload(url, "sink", warm);
  if (!takesPart(way, "upload-disk")) return;
  const { found: { path } } = await upload(url, "disk", small);
  if (path === undefined) throw new Error("it saved no file");
  const isRight = way.family === "drain" || await areEqual(path, small);
  await rm(path);
  if (!isRight) throw new Error("the file that it saved is wrong");
  const saved = await upload(url, "disk", warm);
  await rm(saved.found.path ?? "");
}

async function findFaultInForm(way: Way, url: string): Promise<void> {
  const found = await sendForm(url);
  const fault = way.family === "drain"
    ? findSizeFault(way, found.sizes, smallForm().length)
    : findFormFault(found);
  if (fault) throw new Error(fault);
}

/** Draining counts the whole body, including the delimiters. */
function findSizeFault(
  { family }: Way,
  [found = 0, ...more]: readonly number[],
  size: number,
): string | undefined {
  const isRight = more.length === 0 &&
    (family === "drain" ? found >= size : found === size);
  return isRight ? undefined : `${found} bytes of ${size}`;
}

function takesPart({ jobs }: Way, name: string): boolean {
  return jobs?.includes(name) ?? true;
}

function contendersOf<Result>(
  entrants: readonly Entrant[],
  job: string,
  run: (url: string, way: Way) => Promise<Result>,
): Contender<undefined, Result>[] {
  return entrants.filter(({ way }) => takesPart(way, job))
    .map(({ way, server, problem }) => ({
      name: way.name,
      family: way.family,
      load() {
        if (!server) throw new Error(problem);
        return Promise.resolve(() => run(server.url, way));
      },
    }));
}

/** Measures how many small forms a server reads in a second. */
async function compareForms(
  { entrants, isQuick, generator: { name, fire } }: Setting,
): Promise<Measured> {
  // Deno 2.9 resets connections under this load, whichever reader is used.
  let resets = 0;
  const timings = await measure<undefined, Load>({
    input: undefined,
    contenders: contendersOf(entrants, "small-form", async (url, way) => {
      const load = await fire(url, 1);
      await findFaultInForm(way, url);
      return load;
    }),
    check({ refused, errors }) {
      resets += errors;
      return refused === 0 ? undefined : `${refused} refused`;
    },
    timeOf: ({ perSecond }) => 1000 / perSecond,
    isWarm: true,
    rounds: isQuick ? 0 : 3,
    budget: Infinity,
  });
  const bytes = smallForm().length;
  return {
    title: `A form of 5 fields, ${bytes} bytes, over loopback, from ${name}`,
    unit: "requests",
    bytes,
    parts: 1,
    timings,
    values: { "connections reset, all servers": resets },
  };
}

/** Measures one large file, sent by curl, which is discarded or saved. */
async function compareUploads(
  { entrants, isQuick, large, size }: Setting,
  job: string,
): Promise<Measured> {
  const task = job === "upload-disk" ? "disk" : "sink";
  const timings = await measure<undefined, Uploaded & { fault?: string }>({
    input: undefined,
    contenders: contendersOf(entrants, job, async (url, way) => {
      const uploaded = await upload(url, task, large);
      const { path, sizes } = uploaded.found;
      if (task === "sink") {
        return { ...uploaded, fault: findSizeFault(way, sizes, size) };
      }
      if (path === undefined) return { ...uploaded, fault: "no file" };
      const saved = await stat(path);
      await rm(path);
      return { ...uploaded, fault: findSizeFault(way, [saved.size], size) };
    }),
    check: ({ fault }) => fault,
    timeOf: ({ milliseconds }) => milliseconds,
    isWarm: true,
    rounds: isQuick ? 0 : task === "disk" ? 4 : 8,
    budget: Infinity,
  });
  return {
    title: `An upload of ${size / MIB} MiB over loopback, from curl, ${
      task === "disk" ? "saved to disk" : "dropped"
    }`,
    unit: "bytes",
    bytes: size,
    parts: 1,
    timings,
  };
}

async function makeFile(path: string, size: number): Promise<string> {
  const block = randomBytes(MIB);
  await using file = await open(path, "w");
  for (let at = 0; at < size; at += MIB) await file.write(block);
  return path;
}

function shortened(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 120);
}

class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TemporaryFolder> {
    return new TemporaryFolder(
      await mkdtemp(join(tmpdir(), "tributary-bench-")),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
