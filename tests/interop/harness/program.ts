/** Starts a peer that is a program of its own, and posts to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { end, outputOf, whenListening } from "../../driving/children.ts";
import { pathOf, python } from "../../driving/commands.ts";
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
    if (this.#child) await end(this.#child);
  }

  async #launch(): Promise<string> {
    const child = this.#child = await this.#start();
    return new URL(await whenListening(child)).origin;
  }
}

/** Runs one of the Python programs with Debian's Python. */
export function startPython(name: string): ChildProcess {
  const program = new URL(`../programs/python/${name}`, import.meta.url);
  return spawn(pathOf(python), ["-B", "-u", fileURLToPath(program)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** The version of a module of Python. */
export async function pythonVersion(
  expression: string,
): Promise<string | undefined> {
  return await outputOf(
    pathOf(python),
    "-c",
    `import importlib.metadata as m, platform; print(${expression})`,
  );
}
