/** End to end: real servers, a real client, and the loopback between them. */
import { fileURLToPath } from "node:url";
import type { BenchRuntime } from "../runtimes.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import { type ServerProcess, startServer } from "../server_process.ts";
import { compareRequests } from "./requests.ts";
import { compareUploads } from "./uploads.ts";

/** A server for each way to handle an upload, and its name in the report. */
export interface LoopbackServer {
  readonly name: string;
  readonly family: string;
  readonly server: ServerProcess;
}

const TITLES: Readonly<Record<string, string>> = {
  drain: "draining alone",
  reader: "MultipartReader",
  native: "native formData()",
  busboy: "busboy",
};

/** Measures one runtime's servers; this runs in the process that started all. */
export async function compareLoopback(
  name: string,
  runtime: BenchRuntime,
  settings: MeasureSettings,
): Promise<Measured> {
  const isUpload = name === "loopback-upload";
  const ways = isUpload
    ? ["drain", "reader", "native"]
    : ["reader", "native", "busboy"];
  await using stack = new AsyncDisposableStack();
  const servers: LoopbackServer[] = [];
  for (const way of ways) {
    const server = stack.use(await start(runtime, way, isUpload));
    const family = way === "reader" ? "tributary" : way;
    servers.push({ name: TITLES[way], family, server });
  }
  return isUpload
    ? await compareUploads(servers, settings)
    : await compareRequests(servers, settings);
}

async function start(
  { name, command, args }: BenchRuntime,
  way: string,
  isUpload: boolean,
): Promise<ServerProcess> {
  if (!command) throw new Error("it is not installed; run npm install");
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  return await startServer({
    command,
    args: [...args, `${cwd}serve_${name}.ts`, way],
    cwd,
    // Deno tells of each connection that the load generator leaves.
    isQuiet: !isUpload,
  });
}
