/** What the servers do with an upload: each way, for `Request` and for Node. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Readable, type Writable } from "node:stream";
import { loadPeer } from "../load_peer.ts";
import { MultipartReader } from "../../reader/mod.ts";

/** Reads a body; gives the bytes of the parts, or of the whole. */
export interface Handler {
  onRequest(request: Request): Promise<number>;
  onMessage(message: IncomingMessage): Promise<number>;
}

type OpenForm = (
  settings: { headers: Record<string, string | undefined> },
) => Writable;

const drain: Handler = {
  async onRequest({ body }) {
    let size = 0;
    for await (const chunk of body ?? []) size += chunk.length;
    return size;
  },
  async onMessage(message) {
    let size = 0;
    for await (const chunk of message) size += chunk.length;
    return size;
  },
};

async function readParts(reader: MultipartReader): Promise<number> {
  let size = 0;
  for await (const part of reader) {
    if (part.filename === undefined) size += (await part.text()).length;
    else for await (const chunk of part) size += chunk.length;
  }
  return size;
}

const reader: Handler = {
  onRequest: (request) => readParts(MultipartReader.from(request)),
  onMessage: (message) => readParts(MultipartReader.from(message)),
};

async function countForm(form: FormData): Promise<number> {
  let size = 0;
  for (const value of form.values()) {
    size += typeof value === "string" ? value.length : value.size;
  }
  return await Promise.resolve(size);
}

const native: Handler = {
  onRequest: async (request) => await countForm(await request.formData()),
  async onMessage(message) {
    const { "content-type": contentType = "" } = message.headers;
    const stream = Readable.toWeb(message) as ReadableStream<Uint8Array>;
    const response = new Response(stream, {
      headers: { "content-type": contentType },
    });
    return await countForm(await response.formData());
  },
};

async function makeBusboy(): Promise<Handler> {
  const { default: busboy } = await loadPeer<{ default: OpenForm }>("busboy");
  const read = async (
    contentType: string | undefined,
    send: (form: Writable) => Promise<unknown> | unknown,
  ) => {
    let size = 0;
    const form = busboy({ headers: { "content-type": contentType } });
    form.on("field", (_name, value: string) => size += value.length);
    form.on("file", (_name, file: Readable) => {
      file.on("data", (chunk: Uint8Array) => size += chunk.length);
    });
    const closed = once(form, "close");
    await send(form);
    await closed;
    return size;
  };
  return {
    onRequest: ({ headers, body }) =>
      read(headers.get("content-type") ?? undefined, async (form) => {
        for await (const chunk of body ?? []) {
          if (!form.write(chunk)) await once(form, "drain");
        }
        form.end();
      }),
    onMessage: (message) =>
      read(message.headers["content-type"], (form) => message.pipe(form)),
  };
}

/** The handler of that name. */
export async function makeHandler(name: string | undefined): Promise<Handler> {
  if (name === "drain") return drain;
  if (name === "reader") return reader;
  if (name === "native") return native;
  return await makeBusboy();
}
