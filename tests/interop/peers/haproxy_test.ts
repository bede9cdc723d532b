import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { end, isAlive, outputOf } from "../../driving/children.ts";
import { haproxy, pathOf } from "../../driving/commands.ts";
import { makeFolder, removeFolder } from "../../driving/folders.ts";
import { shared } from "../../driving/shared.ts";
import { interop } from "../harness/interop.ts";
import {
  type Pass,
  passedAnswers,
  passedFrames,
  passedUploads,
} from "../harness/proxying.ts";

/** HAProxy with a folder of its own, which has its socket. */
interface Running {
  folder: string;
  child: ChildProcess;
  agent: Agent;
}

function configuration(folder: string): string {
  const pass = `
    http-request set-dst str(127.0.0.1)
    http-request set-dst-port url_param(port)
    http-request set-path /%[url_param(path)]
    server ours 0.0.0.0:0`;
  return `
global
    maxconn 100
defaults
    mode http
    timeout connect 60s
    timeout client 60s
    timeout server 60s
frontend all
    bind unix@${folder}/socket
    use_backend buffered if { path /buffered }
    default_backend streamed
backend buffered
    option http-buffer-request${pass}
backend streamed${pass}
`;
}

const running = shared<Running>(async () => {
  const folder = await makeFolder();
  const file = join(folder, "haproxy.cfg");
  await writeFile(file, configuration(folder));
  const child = spawn(pathOf(haproxy), ["-q", "-db", "-f", file], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const socketPath = join(folder, "socket");
  // HAProxy does not report when it starts to listen.
  while (!await canConnect(socketPath)) {
    if (!isAlive(child)) throw new Error("HAProxy ended");
    await pause(50);
  }
  return { folder, child, agent: new Agent({ connect: { socketPath } }) };
}, async ({ folder, child, agent }) => {
  await agent.close();
  await end(child);
  await removeFolder(folder);
});

async function canConnect(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function passBy(backend: "buffered" | "streamed"): Pass {
  return async (url, init) => {
    const { agent: dispatcher } = await running();
    const { port, pathname } = new URL(url);
    const to = new URLSearchParams({ port, path: pathname.slice(1) });
    return await fetch(`http://localhost/${backend}?${to}`, {
      ...init,
      dispatcher,
    });
  };
}

interop({
  name: "HAProxy",
  hint: haproxy.hint,
  version: async () =>
    /HAProxy version (\d[\d.]*)/.exec(
      await outputOf(pathOf(haproxy), "-v") ?? "",
    )?.[1],
  reads: [passedAnswers(passBy("streamed"), "streamed")],
  takes: [passedFrames(passBy("streamed"), "streamed")],
  writes: [
    ...passedUploads(passBy("buffered"), "buffered"),
    ...passedUploads(passBy("streamed"), "streamed"),
  ],
});
