import { setTimeout as wait } from "node:timers/promises";
import { inFolder } from "../driving/folders.ts";
import type { SoakRuntime } from "./programs.ts";
import { withServer } from "./server_process.ts";
import { UploadClient } from "./upload_client.ts";
import type { ServerState } from "./upload_service.ts";
import { type Upload, Uploads } from "./uploads.ts";

export interface SoakSettings {
  readonly seed: number;
  /** The number of uploads before the server's first state. */
  readonly warmUp: number;
  readonly uploads: number;
  /** The number of uploads at a time. */
  readonly concurrency: number;
}

/**
 * What was sent to a server, including the warm-up, and the server's states.
 */
export interface UploadSoak {
  readonly sent: Sent;
  /** Without the warm-up. */
  readonly milliseconds: number;
  /** Uploads with an unexpected result, each described as text. */
  readonly wrong: readonly string[];
  /** How many responses to malformed uploads were lost on the way. */
  readonly unheard: number;
  /** After the warm-up, and after each quarter. */
  readonly states: readonly ServerState[];
}

/** The counts of the uploads. */
export interface Sent {
  bytes: number;
  complete: number;
  aborted: number;
  /** How many of the aborted uploads had their connection reset. */
  resets: number;
  /** How many should be refused, by status and code. */
  readonly malformed: Record<string, number>;
}

const QUARTERS = 4;
/** How long a server may take to notice that connections have ended. */
const PATIENCE_MS = 8_000;

/** Starts a server, sends it uploads, and checks what they leave behind. */
export async function soakUploads(
  runtime: SoakRuntime,
  settings: SoakSettings,
): Promise<UploadSoak> {
  return await inFolder((folder) =>
    withServer(
      runtime,
      folder,
      (url) => loadServer(new UploadClient(url), settings),
    )
  );
}

async function loadServer(
  client: UploadClient,
  { seed, warmUp, uploads: count, concurrency }: SoakSettings,
): Promise<UploadSoak> {
  const load: Load = {
    client,
    uploads: new Uploads(seed),
    concurrency,
    sent: { bytes: 0, complete: 0, aborted: 0, resets: 0, malformed: {} },
    wrong: [],
  };
  const fresh = await client.state();
  await sendAll(load, warmUp);
  const before = await settledState(client, fresh.descriptors);
  const states = [before];
  let milliseconds = 0;
  for (let quarter = 1; quarter <= QUARTERS; quarter++) {
    const started = performance.now();
    await sendAll(load, count / QUARTERS);
    milliseconds += performance.now() - started;
    const isLast = quarter === QUARTERS;
    states.push(
      await settledState(client, isLast ? before.descriptors : undefined),
    );
  }
  const { sent, wrong } = load;
  return { sent, milliseconds, wrong, unheard: client.unheard, states };
}

interface Load {
  readonly client: UploadClient;
  readonly uploads: Uploads;
  readonly concurrency: number;
  readonly sent: Sent;
  readonly wrong: string[];
}

async function sendAll(
  { client, uploads, concurrency, sent, wrong }: Load,
  count: number,
): Promise<void> {
  let begun = 0;
  async function work(): Promise<void> {
    while (begun < count) {
      begun++;
      const upload = uploads.next();
      const problem = await client.send(upload);
      if (problem !== undefined) wrong.push(problem);
      add(upload, sent);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work));
  client.close();
}

function add(upload: Upload, sent: Sent): void {
  sent.bytes += upload.kind === "aborted" ? upload.cut : upload.length;
  if (upload.kind === "malformed") {
    const refusal = `${upload.status} ${upload.code}`;
    sent.malformed[refusal] = (sent.malformed[refusal] ?? 0) + 1;
  } else {
    sent[upload.kind]++;
    if (upload.kind === "aborted" && upload.resets) sent.resets++;
  }
}

/**
 * Returns the server's state once all connections have ended. Only the server
 * knows when, so this asks until it has no more open resources than allowed, or
 * the time is up.
 */
async function settledState(
  client: UploadClient,
  descriptors = Infinity,
): Promise<ServerState> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const state = await client.state();
    const isSettled = state.inFlight === 0 &&
      (state.descriptors ?? 0) <= descriptors;
    if (isSettled || performance.now() > deadline) return state;
    await wait(100);
  }
}
