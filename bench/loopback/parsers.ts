/** Peers that read a Node request, or its bytes. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { type Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { loadPeer } from "../load_peer.ts";
import { folder, newPath } from "./files.ts";
import {
  add,
  emptyFound,
  type Found,
  isNode,
  listenOnNode,
  listenOnWeb,
  type Task,
} from "./server.ts";

interface Settings {
  readonly headers: Record<string, string>;
  readonly limits: Record<string, number>;
}

type OpenForm = (settings: Settings) => Writable;

const limits = { fileSize: Infinity };

/**
 * Both busboys: the events' arguments that are used here have the same order.
 */
async function readByBusboy(
  openForm: OpenForm,
  contentType: string,
  task: Task,
  send: (form: Writable) => Promise<void>,
): Promise<Found> {
  const found = emptyFound();
  const saved: Promise<void>[] = [];
  const form = openForm({ headers: { "content-type": contentType }, limits });
  form.on("field", (name: string, value: string) => add(found, name, value));
  form.on("file", (name: string, file: Readable) => {
    const index = found.names.push(name) - 1;
    if (task === "disk") {
      found.path = newPath();
      saved.push(pipeline(file, createWriteStream(found.path)));
      return;
    }
    let size = 0;
    file.on("data", (chunk: Uint8Array) => size += chunk.length);
    file.on("end", () => found.sizes[index] = size);
  });
  const finished = once(form, "finish");
  await send(form);
  await finished;
  await Promise.all(saved);
  return found;
}

function listenForBusboy(openForm: OpenForm): Promise<string> {
  if (isNode) {
    return listenOnNode((message, task) =>
      readByBusboy(
        openForm,
        message.headers["content-type"] ?? "",
        task,
        (form) => Promise.resolve(void message.pipe(form)),
      )
    );
  }
  // Faster than these runtimes' emulation of Node's server.
  return listenOnWeb(({ headers, body }, task) =>
    readByBusboy(
      openForm,
      headers.get("content-type") ?? "",
      task,
      async (form) => {
        for await (const chunk of body ?? []) {
          if (!form.write(chunk)) await once(form, "drain");
        }
        form.end();
      },
    )
  );
}

interface Stored {
  readonly path?: string;
  readonly size: number;
}

type Done = (error: Error | null, stored?: Stored) => void;

interface MulterMessage extends IncomingMessage {
  readonly body: Record<string, string>;
  readonly file?: Stored;
}

type Middleware = (
  message: IncomingMessage,
  response: null,
  next: (error?: unknown) => void,
) => void;

interface Multer {
  (options?: {
    dest?: string;
    storage?: {
      _handleFile(
        request: unknown,
        file: { stream: Readable },
        done: Done,
      ): void;
      _removeFile(request: unknown, file: unknown, done: Done): void;
    };
  }): { none(): Middleware; single(name: string): Middleware };
}

/** Counts the bytes of a file, and discards them. */
const dropping = {
  _handleFile(_request: unknown, file: { stream: Readable }, done: Done): void {
    let size = 0;
    file.stream.on("data", (chunk: Uint8Array) => size += chunk.length);
    file.stream.on("end", () => done(null, { size }));
  },
  _removeFile(_request: unknown, _file: unknown, done: Done): void {
    done(null);
  },
};

function listenForMulter(multer: Multer): Promise<string> {
  const read: Record<Task, Middleware> = {
    form: multer().none(),
    sink: multer({ storage: dropping }).single("file"),
    disk: multer({ dest: folder }).single("file"),
  };
  return listenOnNode(async (message, task) => {
    await new Promise<void>((resolve, reject) => {
      read[task](message, null, (error) => error ? reject(error) : resolve());
    });
    // multer adds its results to the message.
    const { body, file } = message as MulterMessage;
    const found = emptyFound();
    for (const [name, value] of Object.entries(body)) add(found, name, value);
    if (!file) return found;
    return { names: ["file"], sizes: [file.size], path: file.path };
  });
}

interface FormidableFile {
  readonly filepath: string;
  readonly size: number;
}

interface Formidable {
  default(settings: Record<string, unknown>): {
    parse(
      message: IncomingMessage,
    ): Promise<
      [
        fields: Record<string, string[]>,
        files: Record<string, FormidableFile[]>,
      ]
    >;
  };
}

function listenForFormidable(
  formidable: Formidable["default"],
): Promise<string> {
  const maxima = { maxFileSize: Infinity, maxTotalFileSize: Infinity };
  const drop = () =>
    new Writable({ write: (_chunk, _encoding, done) => done() });
  return listenOnNode(async (message, task) => {
    const form = formidable({
      ...maxima,
      uploadDir: folder,
      ...task === "sink" ? { fileWriteStreamHandler: drop } : {},
    });
    const [fields, files] = await form.parse(message);
    const found = emptyFound();
    for (const [name, values] of Object.entries(fields)) {
      for (const value of values) add(found, name, value);
    }
    for (const [name, [file]] of Object.entries(files)) {
      found.names.push(name);
      found.sizes.push(file.size);
      if (task === "disk") found.path = file.filepath;
    }
    return found;
  });
}

export const parserWays: Record<string, () => Promise<string>> = {
  async busboy() {
    const peer = await loadPeer<{ default: OpenForm }>("busboy");
    return await listenForBusboy(peer.default);
  },
  async "@fastify/busboy"() {
    const { default: Busboy } = await loadPeer<
      { default: new (settings: Settings) => Writable }
    >("@fastify/busboy");
    return await listenForBusboy((settings) => new Busboy(settings));
  },
  async multer() {
    const peer = await loadPeer<{ default: Multer }>("multer");
    return await listenForMulter(peer.default);
  },
  async formidable() {
    const peer = await loadPeer<Formidable>("formidable");
    return await listenForFormidable(peer.default);
  },
};
