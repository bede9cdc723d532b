/** Starts a peer that is a program of its own, and posts to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Message, ToldPart } from "./peer.ts";

/** A server on loopback, started when it is first asked for. */
export class Program {
  readonly #start: () => ChildProcess | Promise<ChildProcess>;
  #child: ChildProcess | undefined;
  #origin: Promise<string> | undefined;

  /** `start` runs a program that prints `Listening on http://127.0.0.1:port`. */
  constructor(start: () => ChildProcess | Promise<ChildProcess>) {
    this.#start = start;
  }

  /** Where it listens, without a slash at the end. */
  origin(): Promise<string> {
    return this.#origin ??= this.#launch();
  }

  /** Posts a body; what is not a 200 is an error with the answer's text. */
  async post(
    path: string,
    body: BodyInit,
    headers: Record<string, string>,
  ): Promise<Response> {
    const init = { method: "POST", body, headers, duplex: "half" };
    const response = await fetch(await this.origin() + path, init);
    if (response.ok) return response;
    throw new Error(`${response.status} ${await response.text()}`);
  }

  /** Has it read a message that comes with Content-Length. */
  async read(
    path: string,
    { contentType, bytes }: Message,
  ): Promise<ToldPart[]> {
    const headers = { "content-type": contentType };
    return await (await this.post(path, bytes, headers)).json();
  }

  /** Has it read a message that comes in chunks, and whose end is not known. */
  async readChunked(path: string, message: Message): Promise<ToldPart[]> {
    const headers = { "content-type": message.contentType };
    return await (await this.post(path, message.stream(), headers)).json();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const closed = once(child, "close");
    child.kill();
    await closed;
  }

  async #launch(): Promise<string> {
    const child = this.#child = await this.#start();
    let output = "";
    return await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          const found = /Listening on (http:\S+)/.exec(output)?.[1];
          if (found) resolve(found);
        });
      }
      child.on("error", reject);
      child.on("close", () => reject(new Error(`The peer ended:\n${output}`)));
    });
  }
}

/** Runs one of the Python programs with Debian's Python. */
export function startPython(name: string): ChildProcess {
  const program = new URL(`../programs/python/${name}`, import.meta.url);
  return spawn(python, ["-B", "-u", fileURLToPath(program)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Debian's, where its packages are: another may come first on the PATH. */
export const python = "/usr/bin/python3";

/** What a command prints, or undefined where it is missing or fails. */
export async function outputOf(
  command: string,
  ...args: string[]
): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text) => output += text);
  return await new Promise((resolve) => {
    child.on("error", () => resolve(undefined));
    child.on(
      "close",
      (code) => resolve(code === 0 ? output.trim() : undefined),
    );
  });
}

/** The version of a module of Python. */
export function pythonVersion(expression: string): Promise<string | undefined> {
  return outputOf(
    python,
    "-c",
    `import importlib.metadata as m, platform; print(${expression})`,
  );
}
