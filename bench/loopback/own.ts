/**
 * This library's ways to handle an upload, and the cost of a body without it.
 */
import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { field, file, MultipartReader, readForm } from "../../mod.ts";
import type { PartReader } from "../../reader/mod.ts";
import { saveTo } from "../../storage/disk.ts";
import { folder, newPath, saveChunks, saveStream } from "./files.ts";
import {
  emptyFound,
  type Found,
  type Handler,
  isBun,
  isNode,
  listenOnNode,
  listenOnWeb,
  type Task,
} from "./server.ts";

type Message = Request | IncomingMessage;

/** Starts the runtime's own server. */
function listen(handler: Handler<Message>): Promise<string> {
  return isNode ? listenOnNode(handler) : listenOnWeb(handler);
}

function chunksOf(message: Message): AsyncIterable<Uint8Array> {
  return message instanceof Request ? message.body ?? emptyBody() : message;
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

async function drain(message: Message, task: Task): Promise<Found> {
  const found = emptyFound();
  if (task === "disk") {
    found.path = newPath();
    if (!(message instanceof Request)) {
      await pipeline(message, createWriteStream(found.path));
    } else if (message.body) await saveStream(found.path, message.body);
    return found;
  }
  let size = 0;
  for await (const chunk of chunksOf(message)) size += chunk.length;
  found.sizes.push(size);
  return found;
}

/** Consumes a file's part, and returns its size. */
type Consume = (part: PartReader) => Promise<number>;

async function read(
  message: Message,
  task: Task,
  drop: Consume,
  save: (path: string, part: PartReader) => Promise<void>,
): Promise<Found> {
  const found = emptyFound();
  for await (const part of MultipartReader.from(message)) {
    found.names.push(part.name ?? "");
    if (part.filename === undefined) {
      found.sizes.push((await part.text()).length);
    } else if (task === "sink") {
      found.sizes.push(await drop(part));
    } else {
      found.path = newPath();
      await save(found.path, part);
    }
  }
  return found;
}

async function iterate(part: PartReader): Promise<number> {
  let size = 0;
  for await (const chunk of part) size += chunk.length;
  return size;
}

async function readBody({ body }: PartReader): Promise<number> {
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return size;
    size += value.length;
  }
}

const text = field();
const smallForm = {
  field0: text,
  field1: text,
  field2: text,
  field3: text,
  field4: text,
};
const fileForm = {
  file: file({ store: saveTo(folder), maxBytes: Infinity }),
};

async function readByShape(message: Message, task: Task): Promise<Found> {
  if (task === "disk") {
    const { file } = await readForm(message, fileForm);
    return { names: ["file"], sizes: [file.size], path: file.path };
  }
  const form = await readForm(message, smallForm);
  return {
    names: Object.keys(form),
    sizes: Object.values(form).map(({ length }) => length),
  };
}

export const ownWays: Record<string, () => Promise<string>> = {
  "draining alone": () => listen(drain),
  MultipartReader: () =>
    listen((message, task) =>
      read(
        message,
        task,
        iterate,
        isBun ? (path, part) => saveStream(path, part.body) : saveChunks,
      )
    ),
  "MultipartReader, part.body": () =>
    listen((message, task) =>
      read(message, task, readBody, (path, part) => saveStream(path, part.body))
    ),
  "readForm()": () => listen(readByShape),
};
