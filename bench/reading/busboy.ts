import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { ByteOrigin, Contender } from "../contender.ts";
import { loadPeer } from "../load_peer.ts";
import {
  addText,
  emptyTally,
  pump,
  type Tally,
  type Upload,
} from "./upload.ts";

interface Settings {
  readonly headers: Record<string, string>;
  readonly limits: Record<string, number>;
}

type OpenForm = (settings: Settings) => Writable;

const limits = {
  fields: Infinity,
  files: Infinity,
  parts: Infinity,
  fileSize: Infinity,
};

/**
 * Both busboys: the events' arguments that are used here have the same order.
 */
async function read(
  openForm: OpenForm,
  upload: Upload,
  source: ByteOrigin,
): Promise<Tally> {
  const tally = emptyTally();
  const headers = { "content-type": upload.contentType };
  const form = openForm({ headers, limits });
  form.on("field", (name: string, value: string) => {
    addText(tally, name, value);
  });
  form.on("file", (name: string, file: Readable) => {
    const index = tally.names.push(name) - 1;
    let size = 0;
    file.on("data", (chunk: Uint8Array) => size += chunk.length);
    file.on("end", () => tally.sizes[index] = size);
  });
  const closed = once(form, "finish");
  const write = (chunk: Uint8Array) =>
    form.write(chunk) ? undefined : drained(form);
  if (source === "stream") {
    await pump(upload, write);
  } else {
    for (const chunk of upload.chunks) {
      const written = write(chunk);
      if (written) await written;
    }
  }
  form.end();
  await closed;
  return tally;
}

async function drained(form: Writable): Promise<void> {
  await once(form, "drain");
}

function accepts({ contentType, reading }: Upload): boolean {
  return contentType.startsWith("multipart/form-data") &&
    (reading === "size" || reading === "text");
}

async function loadBusboy(): Promise<OpenForm> {
  const module = await loadPeer<{ default: OpenForm }>("busboy");
  return module.default;
}

async function loadFastifyBusboy(): Promise<OpenForm> {
  const { default: Busboy } = await loadPeer<
    { default: new (settings: Settings) => Writable }
  >("@fastify/busboy");
  return (settings) => new Busboy(settings);
}

function peer(
  family: string,
  source: ByteOrigin,
  loadForm: () => Promise<OpenForm>,
): Contender<Upload, Tally> {
  return {
    name: source === "stream" ? family : `${family}, no stream`,
    family,
    source,
    accepts,
    async load() {
      const openForm = await loadForm();
      return (upload) => read(openForm, upload, source);
    },
  };
}

export const busboyPeers: Contender<Upload, Tally>[] = [
  peer("busboy", "stream", loadBusboy),
  peer("busboy", "chunks", loadBusboy),
  peer("@fastify/busboy", "stream", loadFastifyBusboy),
  peer("@fastify/busboy", "chunks", loadFastifyBusboy),
];
