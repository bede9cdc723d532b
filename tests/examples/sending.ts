/** The programs of docs/sending.md, and the server that they send to. */
import { createHash } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from "node:http";
import { dirname, join } from "node:path";
import { MultipartReader } from "@tributary/multipart";
import { inFolder } from "../driving/folders.ts";
import { closeServer, listen } from "../driving/servers.ts";
import { sendingPrograms } from "../repository/code_blocks/blocks.ts";
import { root } from "../runtimes/names.ts";
import { installPackages } from "./install_packages.ts";

const clients = join(root, "tests/examples/sending");

/** The folders of the packages that the programs import. */
const packages = {
  "@tributary/multipart": root,
  "@types/node": join(root, "node_modules/@types/node"),
  axios: join(root, "node_modules/axios"),
  got: join(clients, "node_modules/got"),
  ky: join(clients, "node_modules/ky"),
  undici: join(root, "node_modules/undici"),
};

/** The filename in the first line of a program. */
export function nameOf({ text }: { text: string }): string {
  return /^\/\/ ([\w.]+)/.exec(text)?.[1] ?? "";
}

/** Installs the clients that only these tests need, once. */
export function installClients(): Promise<void> {
  return installPackages(clients, "A client of tests/examples/sending");
}

/**
 * Makes a folder with all programs of the page and the packages that they
 * import.
 */
export async function inProject<T>(
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await installClients();
  return await inFolder(async (folder) => {
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    for (const [name, path] of Object.entries(packages)) {
      const link = join(folder, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(path, link, "junction");
    }
    for (const program of sendingPrograms) {
      await writeFile(join(folder, nameOf(program)), program.text);
    }
    return await use(folder);
  });
}

/** How each runtime starts a program of the page. */
export const starts = {
  Node: ["node", "--disable-warning=ExperimentalWarning"],
  Bun: ["bun"],
  Deno: [
    ...["deno", "run", "--no-prompt", "--no-check"],
    ...["--node-modules-dir=manual", "--allow-all"],
  ],
};

export type RuntimeName = keyof typeof starts;

/** Each program, with each runtime that the page lists for it. */
export const runs: readonly [program: string, runtime: RuntimeName][] = [
  ["send_fetch.ts", "Node"],
  ["send_fetch.ts", "Bun"],
  ["send_fetch.ts", "Deno"],
  ["send_blob.ts", "Node"],
  ["send_blob.ts", "Bun"],
  ["send_request.ts", "Node"],
  ["send_request.ts", "Bun"],
  ["send_request.ts", "Deno"],
  ["send_axios.ts", "Node"],
  ["send_got.ts", "Node"],
  ["send_ky.ts", "Node"],
  ["send_undici.ts", "Node"],
];

/** What the server received. */
export interface Received {
  headers: IncomingHttpHeaders;
  /** The length of the whole body in bytes. */
  size: number;
  title: string;
  filename: string | undefined;
  fileSize: number;
  sha256: string;
}

/** A server that accepts the forms of the page. */
export class ReceivingServer {
  readonly #server: Server;
  readonly received: Received[] = [];

  #page = "";

  /** @param before Called after a form was read, before the response. */
  constructor(before: () => unknown = () => {}) {
    this.#server = createServer(async (request, response) => {
      if (request.method === "GET") {
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.end(this.#page);
        return;
      }
      try {
        this.received.push(await receive(request));
        await before();
        response.end("stored");
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
  }

  /** @param page The response to GET. */
  listen(page = ""): Promise<string> {
    this.#page = page;
    return listen(this.#server);
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }
}

async function receive(request: IncomingMessage): Promise<Received> {
  const reader = MultipartReader.from(request);
  const hash = createHash("sha256");
  let title = "";
  let filename: string | undefined;
  let fileSize = 0;
  for await (const part of reader) {
    if (part.name === "title") title = await part.text();
    if (part.name !== "map") continue;
    filename = part.filename;
    for await (const chunk of part) {
      hash.update(chunk);
      fileSize += chunk.length;
    }
  }
  return {
    headers: request.headers,
    size: reader.bytesRead,
    title,
    filename,
    fileSize,
    sha256: hash.digest("hex"),
  };
}
