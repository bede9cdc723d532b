import { MultipartReader } from "@tributary/multipart";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import {
  Agent,
  fetch,
  type RequestInit,
  type Response as Answer,
} from "undici";
import { end, outputOf } from "../../driving/children.ts";
import { makeFolder, removeFolder } from "../../driving/folders.ts";
import { described } from "../harness/asked.ts";
import { interop } from "../harness/interop.ts";
import {
  type Pass,
  passedAnswers,
  passedFrames,
  passedUploads,
} from "../harness/proxying.ts";
import { tell } from "../harness/reading.ts";
import { RANGES, writtenRanges } from "../written.ts";

/**
 * nginx with a folder of its own, which has its socket: nginx cannot listen on
 * port 0.
 */
interface Running {
  folder: string;
  child: ChildProcess;
  agent: Agent;
}

let running: Promise<Running> | undefined;

function configuration(folder: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`);
  return `
    daemon off;
    master_process off;
    pid ${folder}/pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      ${temporary.join("\n")}
      types { text/plain txt; }
      proxy_http_version 1.1;
      client_max_body_size 0;
      client_body_buffer_size 8k; # A larger body goes by way of a file.
      server {
        listen unix:${folder}/socket;
        root ${folder};
        location /buffered { proxy_pass http://127.0.0.1:$arg_port/$arg_path; }
        location /streamed {
          proxy_request_buffering off;
          proxy_buffering off;
          proxy_pass http://127.0.0.1:$arg_port/$arg_path;
        }
      }
    }`;
}

async function start(): Promise<Running> {
  const folder = await makeFolder();
  await writeFile(join(folder, "nginx.conf"), configuration(folder));
  await writeFile(join(folder, "digits.txt"), "0123456789".repeat(500));
  const listens = new Promise<void>((resolve) => {
    const watcher = watch(folder, (_event, name) => {
      // nginx writes this file when it has begun to listen.
      if (name !== "pid") return;
      watcher.close();
      resolve();
    });
  });
  const args = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"];
  const child = spawn("nginx", args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
  });
  let remarks = "";
  child.stderr.setEncoding("utf8").on("data", (text) => remarks += text);
  const ended = once(child, "close").then(() => {
    throw new Error(`nginx ended: ${remarks}`);
  });
  await Promise.race([listens, ended]);
  ended.catch(() => {}); // The tests end nginx themselves.
  const agent = new Agent({ connect: { socketPath: join(folder, "socket") } });
  return { folder, child, agent };
}

type Location = "buffered" | "streamed";

/** Sends a request to nginx, which is started on first use. */
async function ask(path: string, init?: RequestInit): Promise<Answer> {
  running ??= start();
  const { agent: dispatcher } = await running;
  return await fetch(`http://localhost${path}`, { ...init, dispatcher });
}

function passBy(location: Location): Pass {
  return (url, init) => {
    const { port, pathname } = new URL(url);
    const to = new URLSearchParams({ port, path: pathname.slice(1) });
    return ask(`/${location}?${to}`, init);
  };
}

const buffered = passBy("buffered");
const streamed = passBy("streamed");

interop({
  name: "nginx",
  hint: "Install nginx.",
  version: async () =>
    /nginx\/([\d.]+)/.exec(
      await outputOf("nginx", "-v") ??
        await outputOf("/usr/sbin/nginx", "-v") ??
        "",
    )?.[1],
  reads: [
    passedAnswers(buffered, "buffered"),
    passedAnswers(streamed, "streamed"),
  ],
  takes: [
    passedFrames(buffered, "buffered"),
    passedFrames(streamed, "streamed"),
  ],
  writes: [
    {
      ...described(writtenRanges),
      tells: ["path", "type", "headers", "order"],
      async tell() {
        const headers = { range: RANGES };
        const response = await ask("/digits.txt", { headers });
        return await tell(MultipartReader.from(response));
      },
    },
    ...passedUploads(buffered, "buffered"),
    ...passedUploads(streamed, "streamed"),
  ],
  async stop() {
    if (running === undefined) return;
    const { folder, child, agent } = await running;
    await agent.close();
    await end(child);
    await removeFolder(folder);
  },
});
