/** Starts a peer that is a separate program, and posts to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { end, outputOf, whenListening } from "../../driving/children.ts";
import { pathOf, python } from "../../driving/commands.ts";
import type { Message, ToldPart } from "./peer.ts";

/** A server on loopback, started on first use. */
export class Program {
  readonly #start: () => ChildProcess | Promise<ChildProcess>;
  #child: ChildProcess | undefined;
  #origin: Promise<string> | undefined;

  /**
   * @param start Runs a program that prints `Listening on
   *   http://127.0.0.1:port`.
   */
  constructor(start: () => ChildProcess | Promise<ChildProcess>) {
    this.#start = start;
  }

  /** The server's URL, without a slash at the end. */
  origin(): Promise<string> {
    return this.#origin ??= this.#launch();
  }

  /** Posts a body. Throws the text of any response that is not a success. */
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

  /** Sends a message with Content-Length. */
  async read(
    path: string,
    { contentType, bytes }: Message,
  ): Promise<ToldPart[]> {
    const headers = { "content-type": contentType };
    return await (await this.post(path, bytes, headers)).json();
  }

  /** Sends a message in chunks, without a known length. */
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

/** Runs one of the Python programs with the system's Python. */
export function startPython(name: string): ChildProcess {
  const program = new URL(`../programs/python/${name}`, import.meta.url);
  return spawn(pathOf(python), ["-B", "-u", fileURLToPath(program)], {
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Returns the version of a Python module. */
export async function pythonVersion(
  expression: string,
): Promise<string | undefined> {
  return await outputOf(
    pathOf(python),
    "-c",
    `import importlib.metadata as m, platform; print(${expression})`,
  );
}
