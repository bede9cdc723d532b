/**
 * All contenders that write a form: this project's, and those from elsewhere.
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { type Contender, OWN_FAMILY } from "../contender.ts";
import { loadPeer } from "../load_peer.ts";
import { MultipartWriter } from "../../writer/mod.ts";
import { drain, type Form, Sink, type Written, writtenAtOnce } from "./form.ts";

interface FormDataModule {
  readonly default: new () => Readable & {
    append(name: string, value: string | Uint8Array, filename?: string): void;
  };
}

interface EncoderModule {
  readonly FormDataEncoder: new (form: FormData) => {
    values(): Iterable<Uint8Array | File>;
    encode(): AsyncIterable<Uint8Array>;
  };
}

interface UndiciModule {
  readonly FormData: typeof FormData;
  readonly Response: typeof Response;
}

function makeWriter({ fields, files }: Form): MultipartWriter {
  const writer = new MultipartWriter("form-data");
  for (const [name, value] of fields) writer.append(value, { name });
  for (const [name, file] of files) writer.append(file, { name });
  return writer;
}

function fill(form: FormData, { fields, files }: Form): FormData {
  for (const [name, value] of fields) form.append(name, value);
  for (const [name, file] of files) form.append(name, file);
  return form;
}

function own(
  name: string,
  write: (form: Form) => Promise<Written>,
): Contender<Form, Written> {
  return { name, family: OWN_FAMILY, load: () => Promise.resolve(write) };
}

export const formWriters: Contender<Form, Written>[] = [
  own("MultipartWriter", (form) => drain(makeWriter(form).stream())),
  own(
    "MultipartWriter, bytes()",
    async (form) => writtenAtOnce(await makeWriter(form).bytes()),
  ),
  own("MultipartWriter.fromFormData()", (form) => {
    const writer = MultipartWriter.fromFormData(fill(new FormData(), form));
    return drain(writer.stream());
  }),
  {
    name: "form-data",
    family: "form-data",
    async load() {
      const { default: NodeForm } = await loadPeer<FormDataModule>("form-data");
      // Its stream, since getBuffer() takes quadratic time.
      return async ({ fields, files }) => {
        const form = new NodeForm();
        for (const [name, value] of fields) form.append(name, value);
        for (const [name, file] of files) {
          const bytes = Buffer.from(await file.arrayBuffer());
          form.append(name, bytes, file.name);
        }
        const sink = new Sink();
        form.on("data", (chunk: Uint8Array | string) => {
          sink.write(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
        });
        const ended = once(form, "end");
        form.resume();
        await ended;
        return sink;
      };
    },
  },
  {
    name: "form-data-encoder",
    family: "form-data-encoder",
    async load() {
      const { FormDataEncoder } = await loadPeer<EncoderModule>(
        "form-data-encoder",
      );
      return async (form) => {
        const encoder = new FormDataEncoder(fill(new FormData(), form));
        const sink = new Sink();
        if (form.files.length > 0) {
          for await (const chunk of encoder.encode()) sink.write(chunk);
        } else {
          // Without a file, it can run synchronously.
          for (const chunk of encoder.values()) {
            if (chunk instanceof Uint8Array) sink.write(chunk);
          }
        }
        return sink;
      };
    },
  },
  {
    name: "undici",
    family: "undici",
    async load() {
      const { FormData, Response } = await loadPeer<UndiciModule>("undici");
      return async (form) => {
        const response = new Response(fill(new FormData(), form));
        return writtenAtOnce(new Uint8Array(await response.arrayBuffer()));
      };
    },
  },
  {
    name: "native FormData",
    family: "native",
    load: () =>
      Promise.resolve(async (form) => {
        const response = new Response(fill(new FormData(), form));
        return writtenAtOnce(new Uint8Array(await response.arrayBuffer()));
      }),
  },
];
