/** A client that sends uploads as planned: complete, malformed, or cut off. */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as startRequest,
} from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { ServerState } from "./upload_service.ts";
import type { Upload } from "./uploads.ts";

export interface Reply {
  readonly status: number | undefined;
  readonly text: string;
}

/** The system has buffered this much before a server can respond. */
const AT_ONCE = 64 * 1024;

export class UploadClient {
  readonly #url: string;
  /** Half of the complete uploads reuse a connection. */
  readonly #agent = new Agent({ keepAlive: true });
  #unheard = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends an upload. Returns what is wrong with the result, if anything. */
  async send(upload: Upload): Promise<string | undefined> {
    const problem = await this.#send(upload).catch((error) => {
      if (mayGoUnheard(upload) && isHangUp(error)) this.#unheard++;
      else return String(error);
    });
    if (problem === undefined) return undefined;
    const { index, kind, path, length } = upload;
    const what = upload.kind === "malformed" ? `: ${upload.defect}` : "";
    return `Upload ${index} (${kind}${what}, ${length} bytes, ${path}): ${problem}`;
  }

  /**
   * How many responses were lost because the server hung up on the bytes that
   * followed.
   */
  get unheard(): number {
    return this.#unheard;
  }

  async state(): Promise<ServerState> {
    const request = startRequest(`${this.#url}state`, { agent: false });
    request.end();
    const { status, text } = await replyTo(request);
    if (status !== 200) throw new Error(text);
    return JSON.parse(text);
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(upload: Upload): Promise<string | undefined> {
    const isKept = upload.kind === "complete" && upload.statesLength;
    const request = startRequest(new URL(upload.path, this.#url), {
      method: "POST",
      agent: isKept ? this.#agent : false,
      headers: {
        "content-type": upload.contentType,
        ...upload.statesLength
          ? { "content-length": upload.length }
          : { "transfer-encoding": "chunked" },
      },
    });
    if (upload.kind === "aborted") return await abort(request, upload);
    const replied = replyTo(request).finally(() => {
      // A refused upload may get its response before everything was sent.
      if (!request.writableFinished) request.destroy();
    });
    const [reply] = await Promise.all([replied, write(request, upload)]);
    return compare(upload, reply);
  }
}

/**
 * Whether the response may be lost. If a server responds early and hangs up at
 * once, as Bun does, the client's write fails before it has read the response
 * (RFC 9112, section 9.6). The server counts its responses too.
 */
function mayGoUnheard({ kind, length }: Upload): boolean {
  return kind === "malformed" && length > AT_ONCE;
}

function isHangUp(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "EPIPE" || error.code === "ECONNRESET");
}

function compare(
  upload: Exclude<Upload, { kind: "aborted" }>,
  { status, text }: Reply,
): string | undefined {
  const seen = `${status} ${text.slice(0, 300)}`;
  if (upload.kind === "complete") {
    const expected = `200 ${JSON.stringify({ files: upload.files })}`;
    return seen === expected ? undefined : `got ${seen}, expected ${expected}`;
  }
  const isRight = status === upload.status &&
    JSON.parse(text).code === upload.code;
  return isRight ? undefined : `got ${seen}, expected ${upload.status}`;
}

/**
 * Sends everything, or as much as is accepted before the connection ends, which
 * is not a failure.
 */
async function write(
  request: ClientRequest,
  { body, length }: Upload,
): Promise<void> {
  if (length <= AT_ONCE) {
    request.end(Buffer.concat(body));
    return;
  }
  const closed = new Promise((resolve) => request.once("close", resolve));
  for (const piece of body) {
    if (piece.length === 0 || request.write(piece)) continue;
    const drained = new Promise((resolve) => request.once("drain", resolve));
    await Promise.race([drained, closed]);
    if (request.destroyed) return;
  }
  request.end();
}

/** Sends up to the cut, and ends the connection once that was sent. */
async function abort(
  request: ClientRequest,
  { body, cut, pause, resets }: Upload & { kind: "aborted" },
): Promise<string | undefined> {
  const closed = once(request, "close").catch(() => {});
  let isAnswered = false;
  request.on("error", () => {});
  request.on("response", () => isAnswered = true);
  await new Promise<void>((resolve) => {
    request.on("close", resolve);
    let left = cut;
    for (const piece of body) {
      const sent = piece.subarray(0, left);
      left -= sent.length;
      if (left > 0) request.write(sent);
      else {
        request.write(sent, () => resolve());
        break;
      }
    }
  });
  await wait(pause);
  if (resets) request.socket?.resetAndDestroy();
  else request.destroy();
  await closed;
  return isAnswered ? "it was answered before it was complete" : undefined;
}

/** Reads the whole response to a request. */
export async function replyTo(request: ClientRequest): Promise<Reply> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve);
    // After the response too: an error then means that the server accepts no
    // more bytes.
    request.on("error", reject);
  });
  const chunks: string[] = [];
  for await (const text of response.setEncoding("utf8")) chunks.push(text);
  return { status: response.statusCode, text: chunks.join("") };
}
