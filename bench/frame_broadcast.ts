/**
 * Checks `FrameBroadcast` under load: a hundred clients over real connections,
 * and 30 frames of 50 KiB a second. Ten of the clients stop reading after their
 * first bytes.
 *
 *     node bench/frame_broadcast.ts [--seconds 300] [--runtime node|deno|bun]
 *         [--clients 100] [--stalled 10]
 *
 * The server is a separate process on the selected runtime. The clients are in
 * this process, and check the number that each frame begins with. It fails if a
 * reading client misses a frame, if a frame is torn, or if more than two frames
 * wait in the server's buffers for a stalled client ("unsent", in frames, which
 * only Node reports).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FRAME_BYTES, type ServerState } from "./frame_broadcast_server.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    runtime: { type: "string", default: "node" },
    clients: { type: "string", default: "100" },
    stalled: { type: "string", default: "10" },
  },
});
const seconds = Number(options.seconds);
const stalledClients = Number(options.stalled);
const readingClients = Number(options.clients) - stalledClients;

const root = fileURLToPath(new URL("..", import.meta.url));
const MiB = 1024 * 1024;

/** Counts the frames of one connection. All parts have the same length. */
class Client {
  frames = 0;
  missed = 0;
  torn = 0;
  readonly #response: IncomingMessage;
  /** The first part's head. All heads have its length. */
  #head = "";
  #position = 0;
  #first = 0;
  #last = 0;
  #previous = 0;

  constructor(response: IncomingMessage) {
    this.#response = response;
    response.on("data", (chunk: Uint8Array) => this.#read(chunk));
    response.on("error", () => {}); // Only the number of frames counts.
  }

  stall(): void {
    this.#response.pause();
  }

  /** Reads until the end. */
  async finish(): Promise<void> {
    if (this.#response.readableEnded) return;
    const ended = once(this.#response, "close");
    this.#response.resume();
    await ended;
  }

  #read(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#head.endsWith("\r\n\r\n")) {
      this.#head += String.fromCharCode(chunk[at++]);
      this.#position++;
    }
    while (at < chunk.length) {
      const end = this.#head.length + FRAME_BYTES;
      const start = at - this.#position;
      // A frame begins and ends with its number.
      for (let byte = 0; byte < 4; byte++) {
        const first = chunk[start + this.#head.length + byte];
        if (first !== undefined) this.#first = shift(this.#first, first, byte);
        const last = chunk[start + end - 4 + byte];
        if (last === undefined) continue;
        this.#last = shift(this.#last, last, byte);
        if (byte === 3) this.#count();
      }
      at = start + end + 2;
      this.#position = at <= chunk.length ? 0 : chunk.length - start;
    }
  }

  #count(): void {
    this.frames++;
    if (this.#last !== this.#first) this.torn++;
    if (this.#previous > 0) this.missed += this.#first - this.#previous - 1;
    this.#previous = this.#first;
  }
}

/** Appends a byte to a number. */
function shift(number: number, byte: number, index: number): number {
  return (index === 0 ? 0 : number * 256) + byte;
}

async function startServer(): Promise<{ child: ChildProcess; url: string }> {
  const script = "bench/frame_broadcast_server.ts";
  const args = options.runtime === "deno"
    ? ["run", "--no-check", "--allow-net", "--allow-sys", "--allow-env", script]
    : [script];
  const command = join(root, "node_modules/.bin", options.runtime);
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    output += text;
    const url = /Listening on (\S+)/.exec(output)?.[1];
    if (url) return { child, url };
  }
  throw new Error(`Cannot measure ${options.runtime}: its server ended`);
}

async function connect(url: string): Promise<Client> {
  const request = get(url, { agent: false });
  const [response] = await once(request, "response") as [IncomingMessage];
  return new Client(response);
}

function extremes(numbers: number[]): string {
  return `${Math.min(...numbers)} to ${Math.max(...numbers)}`;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

// Two frames, with their heads and their chunks' lengths.
const MAX_UNSENT = 2 * (FRAME_BYTES + 256);
let isBounded = true;

const { child, url } = await startServer();
try {
  const ask = async (path: string): Promise<ServerState> =>
    await (await fetch(url + path)).json();
  const connecting = Array.from(
    { length: readingClients + stalledClients },
    () => connect(`${url}live`),
  );
  // Clients get the first frame together with the response's headers.
  const clients = await Promise.all(connecting);
  const reading = clients.slice(0, readingClients);
  const stalled = clients.slice(readingClients);
  for (const client of stalled) client.stall();
  await ask("start");

  console.log(
    `${options.runtime}: ${readingClients} clients that read, ` +
      `${stalledClients} that do not, ${seconds} s`,
  );
  console.log(
    "seconds  published  received by each  missed  clients  RSS MiB  unsent",
  );
  const started = performance.now();
  for (let due = 0; due < seconds;) {
    due = Math.min(due + 30, seconds);
    await sleep(started + due * 1000 - performance.now());
    const passed = Math.round((performance.now() - started) / 1000);
    const { published, clients, rss, unsent } = await ask("state");
    isBounded &&= unsent === undefined || unsent <= MAX_UNSENT;
    console.log([
      String(passed).padStart(7),
      String(published).padStart(9),
      extremes(reading.map(({ frames }) => frames)).padStart(16),
      String(sum(reading.map(({ missed }) => missed))).padStart(6),
      String(clients).padStart(7),
      (rss / MiB).toFixed(1).padStart(7),
      unsent === undefined ? "" : (unsent / FRAME_BYTES).toFixed(2),
    ].join("  "));
  }

  const { published } = await ask("close");
  await Promise.all(reading.map((client) => client.finish()));
  const { clients: left } = await ask("state");
  await Promise.all(stalled.map((client) => client.finish()));
  const { clients: none } = await ask("state");
  const received = reading.map(({ frames }) => frames);
  const torn = sum(clients.map(({ torn }) => torn));
  console.log(
    `${published} frames published; each that reads received ` +
      `${extremes(received)}, each that stalled ` +
      `${extremes(stalled.map(({ frames }) => frames))} ` +
      "when it read on at last, most of them from the systems' buffers; " +
      `${torn} torn; clients at the end: ${left}, then ${none}`,
  );
  const isComplete = received.every((frames) => frames === published);
  if (!isComplete || torn > 0 || !isBounded) process.exitCode = 1;
} finally {
  child.kill();
  await once(child, "close");
}
