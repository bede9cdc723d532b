/**
 * All contenders that write a part from a stream, and the cost of passing
 * through a stream.
 */
import { once } from "node:events";
import { Readable } from "node:stream";
import { type Contender, OWN_FAMILY } from "../contender.ts";
import { loadPeer } from "../load_peer.ts";
import { MultipartWriter } from "../../writer/mod.ts";
import { drain, Sink, type Written } from "./form.ts";

type Chunks = readonly Uint8Array<ArrayBuffer>[];

interface FormDataModule {
  readonly default: new () => Readable & {
    append(
      name: string,
      value: Readable,
      options: { filename: string; knownLength: number },
    ): void;
  };
}

function sourceOf(chunks: Chunks): ReadableStream<Uint8Array> {
  const iterator = chunks.values();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

function identity(
  source: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  const reader = source.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

export const streamWriters: Contender<Chunks, Written>[] = [
  {
    name: "MultipartWriter",
    family: OWN_FAMILY,
    load: () =>
      Promise.resolve((chunks) => {
        const writer = new MultipartWriter("form-data");
        writer.append(sourceOf(chunks), { name: "file", filename: "a.bin" });
        return drain(writer.stream());
      }),
  },
  {
    name: "identity ReadableStream",
    family: "identity",
    load: () => Promise.resolve((chunks) => drain(identity(sourceOf(chunks)))),
  },
  {
    name: "form-data",
    family: "form-data",
    async load() {
      const { default: NodeForm } = await loadPeer<FormDataModule>("form-data");
      return async (chunks) => {
        const form = new NodeForm();
        form.append("file", Readable.from(chunks, { objectMode: false }), {
          filename: "a.bin",
          knownLength: chunks.reduce((sum, { length }) => sum + length, 0),
        });
        const sink = new Sink();
        form.on("data", (chunk: Uint8Array) => sink.write(chunk));
        const ended = once(form, "end");
        form.resume();
        await ended;
        return sink;
      };
    },
  },
];
