/** The clients: curl for files, and wrk or autocannon for many small forms. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { loadPeer } from "../load_peer.ts";
import {
  BOUNDARY,
  closeDelimiter,
  concat,
  CRLF,
  formPart,
  utf8,
} from "../reading/body.ts";
import type { Found, Task } from "./server.ts";

const execute = promisify(execFile);

const FIELDS = 5;
const VALUE_LENGTH = 300;
const CONNECTIONS = 16;

/** Five fields, 2 KB in total with their heads. */
export function smallForm(): Uint8Array<ArrayBuffer> {
  const value = utf8("v".repeat(VALUE_LENGTH));
  const pieces = Array.from(
    { length: FIELDS },
    (_, index) => [formPart(`field${index}`), value, CRLF],
  ).flat();
  return concat([...pieces, closeDelimiter()]);
}

export const smallFormType = `multipart/form-data; boundary=${BOUNDARY}`;

/** Returns what is wrong with a server's result for the form, if anything. */
export function findFormFault({ names, sizes }: Found): string | undefined {
  const expected = Array.from(
    { length: FIELDS },
    (_, index) => `field${index}`,
  );
  const isRight = names.join() === expected.join() &&
    sizes.length === FIELDS &&
    sizes.every((size) => size === VALUE_LENGTH);
  return isRight ? undefined : `wrong answer: ${names}; ${sizes}`;
}

/** Sends the form once. */
export async function sendForm(url: string): Promise<Found> {
  const response = await fetch(`${url}/form`, {
    method: "POST",
    headers: { "content-type": smallFormType },
    body: smallForm(),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text);
}

/** The counts of a load generator. */
export interface Load {
  readonly perSecond: number;
  readonly refused: number;
  readonly errors: number;
}

/** Sends the small form to a URL repeatedly, for some seconds. */
export type Fire = (url: string, seconds: number) => Promise<Load>;

/**
 * wrk if it is installed, since it uses little CPU time. Otherwise autocannon.
 */
export async function loadGenerator(
  folder: string,
): Promise<{ name: string; fire: Fire }> {
  try {
    await execute("wrk", ["--help"]);
  } catch (error) {
    // wrk exits with 1 after printing its usage. Only a missing wrk has this
    // code.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { name: "autocannon", fire: await prepareAutocannon() };
    }
  }
  return { name: "wrk", fire: await prepareWrk(folder) };
}

async function prepareWrk(folder: string): Promise<Fire> {
  const body = join(folder, "form");
  const script = join(folder, "post.lua");
  await writeFile(body, smallForm());
  await writeFile(
    script,
    `wrk.method = "POST"
wrk.headers["Content-Type"] = "${smallFormType}"
wrk.body = io.open("${body}", "rb"):read("*a")
`,
  );
  return async (url, seconds) => {
    const { stdout } = await execute("wrk", [
      "--threads=1",
      `--connections=${CONNECTIONS}`,
      `--duration=${seconds}s`,
      `--script=${script}`,
      `${url}/form`,
    ]);
    const count = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? 0);
    const errors = /Socket errors: connect (\d+), read (\d+), write (\d+)/
      .exec(stdout)?.slice(1).map(Number) ?? [];
    return {
      perSecond: count(/Requests\/sec:\s+([\d.]+)/),
      refused: count(/Non-2xx or 3xx responses: (\d+)/),
      errors: errors.reduce((sum, count) => sum + count, 0),
    };
  };
}

/** The report of autocannon. */
interface AutocannonLoad {
  readonly "2xx": number;
  readonly non2xx: number;
  readonly errors: number;
  readonly duration: number;
}

interface Autocannon {
  default(options: {
    url: string;
    method: "POST";
    headers: Record<string, string>;
    body: string;
    connections: number;
    duration: number;
  }): PromiseLike<AutocannonLoad>;
}

async function prepareAutocannon(): Promise<Fire> {
  const { default: autocannon } = await loadPeer<Autocannon>("autocannon");
  const body = new TextDecoder().decode(smallForm());
  return async (url, seconds) => {
    const load = await autocannon({
      url: `${url}/form`,
      method: "POST",
      headers: { "content-type": smallFormType },
      body,
      connections: CONNECTIONS,
      duration: seconds,
    });
    const { non2xx: refused, errors } = load;
    return { perSecond: load["2xx"] / load.duration, refused, errors };
  };
}

/** The server's result, and the time of the upload. */
export interface Uploaded {
  readonly found: Found;
  readonly milliseconds: number;
}

/** Sends a file in a form with curl. */
export async function upload(
  url: string,
  task: Task,
  path: string,
): Promise<Uploaded> {
  const { stdout } = await execute("curl", [
    "--silent",
    "--show-error",
    "--fail-with-body",
    "--header",
    "Expect:",
    "--form",
    `file=@${path}`,
    "--write-out",
    // curl's own clock, since its process takes a while to start.
    "\n%{time_total}",
    `${url}/${task}`,
  ]);
  const [answer = "", seconds] = stdout.split("\n");
  return {
    found: JSON.parse(answer),
    milliseconds: Number(seconds) * 1000,
  };
}

/** Whether two files have the same bytes. */
export async function areEqual(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([readFile(a), readFile(b)]);
  return one.equals(other);
}
