import { once } from "node:events";
import { request as startRequest } from "node:http";
import { inFolder } from "../driving/folders.ts";
import { execute } from "../runtimes/processes.ts";
import { CONTENT_TYPE } from "./form.ts";
import type { WatchedHeap } from "./heap_watch.ts";
import { largeBody, largeBodyLength } from "./large_body.ts";
import type { SoakRuntime } from "./programs.ts";
import { withServer } from "./server_process.ts";
import { replyTo } from "./upload_client.ts";

export interface PartSoak extends WatchedHeap {
  readonly milliseconds: number;
}

const TIME_LIMIT_MS = 15 * 60_000;
const WARM_UP = 64 * 1024 * 1024;

/** Has a runtime read one part of this many bytes, in a process of its own. */
export async function soakPart(
  { name, command, args }: SoakRuntime,
  bytes: number,
  way: string,
): Promise<PartSoak> {
  if (command === undefined) throw new Error(`Cannot start ${name}: not found`);
  const { exitCode, output } = await execute(
    command,
    [...args, "tests/soak/large_part.ts", `${bytes}`, way],
    { signal: AbortSignal.timeout(TIME_LIMIT_MS) },
  );
  const json = /^\{.*\}$/m.exec(output)?.[0];
  if (exitCode !== 0 || json === undefined) throw new Error(output);
  return JSON.parse(json);
}

/** Sends one part of this many bytes to a runtime's server. */
export async function soakLargeUpload(
  runtime: SoakRuntime,
  bytes: number,
  path: "large" | "drain",
): Promise<PartSoak> {
  return await inFolder((folder) =>
    withServer(runtime, folder, async (url) => {
      await sendLarge(`${url}${path}/${WARM_UP}`, WARM_UP);
      const started = performance.now();
      const watched = await sendLarge(`${url}${path}/${bytes}`, bytes);
      return { milliseconds: performance.now() - started, ...watched };
    })
  );
}

async function sendLarge(url: string, bytes: number): Promise<WatchedHeap> {
  const request = startRequest(url, {
    method: "POST",
    agent: false,
    headers: {
      "content-type": CONTENT_TYPE,
      "content-length": largeBodyLength(bytes),
    },
  });
  const replied = replyTo(request);
  const write = async () => {
    for (const chunk of largeBody(bytes)) {
      if (!request.write(chunk)) await once(request, "drain");
    }
    request.end();
  };
  const [{ status, text }] = await Promise.all([replied, write()]);
  if (status !== 200) throw new Error(text);
  return JSON.parse(text);
}
