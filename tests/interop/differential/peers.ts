/** Peers that are asked what they make of one body after another. */
import createBusboy from "busboy";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { latin1 } from "../../bytes.ts";
import type { Sample } from "../../fuzz/bodies.ts";
import { byteString } from "../../fuzz/outcome.ts";
import { outputOf, python } from "../harness/program.ts";

/** A part, with its content as a byte string. */
export interface Told {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly content: string;
}

/** What somebody makes of a body: its parts, and why it is refused, if it is. */
export interface Verdict {
  readonly parts: readonly Told[];
  readonly error: string | undefined;
}

export type Judge = (sample: Sample) => Promise<Verdict>;

/** This library. */
export const judge: Judge = async ({ text, options }) => {
  const reader = new MultipartReader(latin1(text), {
    ...options,
    decode: false,
  });
  const parts: Told[] = [];
  try {
    for await (const part of reader) {
      const { name, filename } = part;
      parts.push({ name, filename, content: byteString(await part.bytes()) });
    }
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    return { parts, error: error.code };
  }
  return { parts, error: undefined };
};

/** Asks a program a line, and takes a line for the answer. */
export class LineProgram {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, ...args: string[]) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  readonly judge: Judge = async ({ text, options }) => {
    const question = {
      boundary: options.boundary,
      base64: btoa(text),
    };
    this.#child.stdin?.write(`${JSON.stringify(question)}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error("Cannot ask the peer: it has ended");
    const { parts, error }: {
      parts: { name?: string; filename?: string; base64: string }[];
      error?: string;
    } = JSON.parse(value);
    return {
      parts: parts.map(({ name, filename, base64 }) => ({
        name: name ?? undefined,
        filename: filename ?? undefined,
        content: atob(base64),
      })),
      error: error || undefined,
    };
  };

  async stop(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.stdin?.end();
    await closed;
  }
}

/** Go's mime/multipart, built; undefined where Go is missing. */
export async function startGo(): Promise<LineProgram | undefined> {
  if (await outputOf("go", "version") === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "tributary-go-"));
  const binary = join(folder, "peer");
  const source = new URL("./programs/go/main.go", import.meta.url).pathname;
  if (await outputOf("go", "build", "-o", binary, source) === undefined) {
    throw new Error("Cannot build the program in Go");
  }
  return new LineProgram(binary);
}

/** Python's email; undefined where Python is missing. */
export async function startPython(): Promise<LineProgram | undefined> {
  if (await outputOf(python, "--version") === undefined) return undefined;
  const source = new URL("./programs/email_peer.py", import.meta.url).pathname;
  return new LineProgram(python, "-B", "-u", source);
}

export const busboy: Judge = ({ text, options }) =>
  new Promise((resolve) => {
    const told: Promise<Told>[] = [];
    const settle = async (error: string | undefined) => {
      const parts = error === undefined ? await Promise.all(told) : [];
      resolve({ parts, error });
    };
    try {
      const parser = createBusboy({
        headers: { "content-type": contentTypeOf(options.boundary) },
        defParamCharset: "utf8",
        preservePath: true,
        limits: { fieldSize: Infinity },
      });
      parser.on("field", (name: string, value: string) => {
        const bytes = new TextEncoder().encode(value);
        told.push(Promise.resolve({
          name: name ?? undefined,
          filename: undefined,
          content: byteString(bytes),
        }));
      });
      parser.on(
        "file",
        (name: string, body: Readable, { filename }: { filename?: string }) => {
          const bytes = buffer(body);
          bytes.catch(() => {});
          told.push(
            bytes.then((bytes) => ({
              name: name ?? undefined,
              filename: filename ?? "",
              content: byteString(bytes),
            })),
          );
        },
      );
      parser.on("error", (error: Error) => settle(error.message));
      parser.on("close", () => settle(undefined));
      parser.end(latin1(text));
    } catch (error) {
      resolve({ parts: [], error: String(error) });
    }
  });

/** This runtime's own `formData()`. */
export const native: Judge = async ({ text, options }) => {
  const headers = { "content-type": contentTypeOf(options.boundary) };
  try {
    const form = await new Response(latin1(text), { headers }).formData();
    const parts = await Promise.all(
      [...form].map(async ([name, value]) => ({
        name,
        filename: typeof value === "string" ? undefined : value.name,
        content: byteString(
          typeof value === "string"
            ? new TextEncoder().encode(value)
            : new Uint8Array(await value.arrayBuffer()),
        ),
      })),
    );
    return { parts, error: undefined };
  } catch (error) {
    return { parts: [], error: String(error) };
  }
};

function contentTypeOf(boundary: string): string {
  const quoted = boundary.replace(/["\\]/g, "\\$&");
  return `multipart/form-data; boundary="${quoted}"`;
}
