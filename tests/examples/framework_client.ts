/**
 * A client that keeps sending whatever it receives meanwhile, as browsers do.
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const MiB = 1024 * 1024;
const block = Buffer.alloc(64 * 1024, "film ");

/** A form with a title, and a film of this size. */
export interface Form {
  /** The subtype of the Content-Type. The default is `form-data`. */
  subtype?: string;
  /** The site that it comes from. The default is the server's own. */
  origin?: string;
  title?: string;
  /** The film's media type. */
  type?: string;
  /** The film's size. */
  bytes?: number;
  /** Whether the form ends after the film, without a delimiter. */
  isCut?: boolean;
}

/** The response to a form. */
export interface Outcome {
  status: number;
  body: string;
}

/**
 * Sends a complete form, and returns the response.
 *
 * @throws If the connection is closed before everything was sent.
 */
export async function sendForm(url: string, form: Form): Promise<Outcome> {
  const { head, tail, length } = bytesOf(form);
  const socket = await open(url, length, form);
  const answer = new Answer(socket);
  try {
    socket.write(head);
    await writeFilm(socket, form.bytes ?? 0);
    socket.write(tail);
    await waitFor(() => answer.isComplete);
    return answer.outcome();
  } finally {
    socket.destroy();
  }
}

/**
 * Begins to send a film, and hangs up once the server has begun to store it.
 */
export async function hangUp(
  url: string,
  isStoring: () => Promise<boolean>,
): Promise<void> {
  const { head } = bytesOf({});
  const socket = await open(url, 100 * MiB);
  try {
    socket.write(head);
    await writeFilm(socket, MiB);
    await waitFor(isStoring);
  } finally {
    socket.destroy();
  }
}

/** Waits until a condition holds, for at most twenty seconds. */
export async function waitFor(
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!await isSo()) {
    if (Date.now() > deadline) throw new Error("It has taken too long");
    await sleep(10);
  }
}

/** The bytes of the form before and after the film, and its whole length. */
export function bytesOf(
  { title = "River", type = "video/mp4", bytes = 0, isCut = false }: Form,
): { head: Buffer; tail: Buffer; length: number } {
  const head = Buffer.from(
    `--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n${title}\r\n` +
      `--b\r\nContent-Disposition: form-data; name="film"; ` +
      `filename="../river.mp4"\r\nContent-Type: ${type}\r\n\r\n`,
  );
  const tail = Buffer.from(isCut ? "" : "\r\n--b--\r\n");
  return { head, tail, length: head.length + bytes + tail.length };
}

/** Connects, and sends the head of a request. */
async function open(
  url: string,
  length: number,
  { subtype = "form-data", origin = new URL(url).origin }: Form = {},
): Promise<Socket> {
  const { host, hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const fields = [
    `Host: ${host}`,
    `Origin: ${origin}`, // As browsers send it. Some frameworks check it.
    "X-Forwarded-Proto: http", // As proxies send it: SvelteKit assumes https.
    `Content-Type: multipart/${subtype}; boundary=b`,
    `Content-Length: ${length}`,
  ];
  const lines = [`POST ${pathname} HTTP/1.1`, ...fields, "", ""];
  socket.write(lines.join("\r\n"));
  return socket;
}

async function writeFilm(socket: Socket, bytes: number): Promise<void> {
  for (let at = 0; at < bytes; at += block.length) {
    if (socket.write(block.subarray(0, bytes - at))) continue;
    await once(socket, "drain", { signal: AbortSignal.timeout(20_000) });
  }
}

/** A server's response on a socket. */
class Answer {
  #text = "";
  #error: Error | undefined;
  #hasEnded = false;

  constructor(socket: Socket) {
    socket.setEncoding("latin1").on("data", (text) => this.#text += text)
      .on("error", (error) => this.#error = error)
      .on("close", () => this.#hasEnded = true);
  }

  get isComplete(): boolean {
    if (this.#hasEnded) return true;
    const { head, body } = this.#parts();
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length !== undefined) return body.length >= Number(length);
    return /^transfer-encoding: *chunked/im.test(head) &&
      body.endsWith("0\r\n\r\n");
  }

  outcome(): Outcome {
    if (this.#error) throw this.#error;
    const { head, body } = this.#parts();
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    return { status, body };
  }

  #parts(): { head: string; body: string } {
    const at = this.#text.indexOf("\r\n\r\n");
    if (at === -1) return { head: "", body: "" };
    return { head: this.#text.slice(0, at), body: this.#text.slice(at + 4) };
  }
}
