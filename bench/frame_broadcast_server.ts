/** The server that `frame_broadcast.ts` measures, on Node, Deno or Bun. */
import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import process from "node:process";
import { fetchListener } from "../examples/fetch_listener.ts";
import { FrameBroadcast } from "../writer/mod.ts";

export const FRAME_BYTES = 50 * 1024;
const FRAMES_A_SECOND = 30;

/** What the server reports about itself. */
export interface ServerState {
  published: number;
  clients: number;
  /** Resident memory in bytes. */
  rss: number;
  /** The most bytes that this process buffers for one connection, if known. */
  unsent?: number;
}

const broadcast = new FrameBroadcast();
// One buffer for all frames, as in a camera driver.
const frame = new Uint8Array(FRAME_BYTES).fill(0xee);
const view = new DataView(frame.buffer);
const sockets = new Set<Socket>();
let published = 0;

function publish(): void {
  published++;
  view.setUint32(0, published);
  view.setUint32(FRAME_BYTES - 4, published);
  broadcast.publish(frame);
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Publishes at the full rate. If a timer is late, it skips frames. */
function start(): void {
  const interval = 1000 / FRAMES_A_SECOND;
  let due = performance.now();
  const run = (): void => {
    publish();
    const now = performance.now();
    due = Math.max(due + interval, now);
    timer = setTimeout(run, due - now);
  };
  run();
}

function state(): ServerState {
  return {
    published,
    clients: broadcast.clients,
    rss: process.memoryUsage().rss,
    unsent: sockets.size === 0
      ? undefined
      : Math.max(...[...sockets].map((socket) => socket.writableLength)),
  };
}

function handle(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/live") return Promise.resolve(broadcast.subscribe());
  if (pathname === "/start") start();
  if (pathname === "/close") {
    clearTimeout(timer);
    broadcast.close();
  }
  return Promise.resolve(Response.json(state()));
}

function announce(port: number): void {
  console.log(`Listening on http://127.0.0.1:${port}/`);
}

interface BunServer {
  serve(options: {
    port: number;
    hostname: string;
    idleTimeout: number;
    fetch: (request: Request) => Promise<Response>;
  }): { port: number };
}

declare const Bun: BunServer;

function listenOnNode(server: Server): void {
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (typeof address === "object" && address) announce(address.port);
  });
}

if (import.meta.main) {
  publish(); // So that a response begins immediately.
  const hostname = "127.0.0.1";
  if ("Bun" in globalThis) {
    announce(
      Bun.serve({ port: 0, hostname, idleTimeout: 255, fetch: handle }).port,
    );
  } else if ("Deno" in globalThis) {
    const onListen = ({ port }: { port: number }): void => announce(port);
    Deno.serve({ port: 0, hostname, onListen }, handle);
  } else {
    listenOnNode(createServer(fetchListener(handle)));
  }
}
