/** formidable and multiparty, which read a Node request. */
import { once } from "node:events";
import { Readable } from "node:stream";
import type { Contender } from "../contender.ts";
import { loadPeer } from "../load_peer.ts";
import { addText, emptyTally, type Tally, type Upload } from "./upload.ts";

interface FormidablePart extends Readable {
  readonly name: string | null;
}

interface Formidable {
  default(settings: Record<string, unknown>): {
    onPart: (part: FormidablePart) => void;
    on(name: "field", listener: (name: string, value: string) => void): void;
    parse(request: Readable): Promise<unknown>;
  };
}

interface MultipartyForm extends NodeJS.WritableStream {
  parse(request: Readable): void;
}

interface Multiparty {
  default: {
    Form: new (settings: Record<string, unknown>) => MultipartyForm;
  };
}

const limits = {
  maxFields: Infinity,
  maxFieldsSize: Infinity,
  maxFileSize: Infinity,
};

function requestOf({ chunks, contentType }: Upload): Readable {
  const headers = {
    "content-type": contentType,
    // formidable treats a body without a length as empty.
    "transfer-encoding": "chunked",
  };
  return Object.assign(Readable.from(chunks), { headers });
}

/**
 * Counts a part's bytes as they arrive, so that neither peer writes them to the
 * disk.
 */
function countPart(tally: Tally, name: string, part: Readable): void {
  const index = tally.names.push(name) - 1;
  let size = 0;
  part.on("data", (chunk: Uint8Array) => size += chunk.length);
  part.on("end", () => tally.sizes[index] = size);
}

function accepts({ contentType, reading }: Upload): boolean {
  return contentType.startsWith("multipart/form-data") &&
    (reading === "size" || reading === "text");
}

export const formPeers: Contender<Upload, Tally>[] = [
  {
    name: "formidable",
    family: "formidable",
    source: "stream",
    accepts,
    async load() {
      const { default: formidable } = await loadPeer<Formidable>("formidable");
      return async (upload) => {
        const tally = emptyTally();
        const form = formidable(limits);
        if (upload.reading === "text") {
          form.on("field", (name, value) => addText(tally, name, value));
        } else {
          form.onPart = (part) => countPart(tally, part.name ?? "", part);
        }
        await form.parse(requestOf(upload));
        return tally;
      };
    },
  },
  {
    name: "multiparty",
    family: "multiparty",
    source: "stream",
    accepts,
    async load() {
      const { default: { Form } } = await loadPeer<Multiparty>("multiparty");
      return async (upload) => {
        const tally = emptyTally();
        const form = new Form(limits);
        if (upload.reading === "text") {
          form.on("field", (name: string, value: string) => {
            addText(tally, name, value);
          });
        } else {
          form.on("part", (part: FormidablePart) => {
            countPart(tally, part.name ?? "", part);
          });
        }
        const closed = once(form, "close");
        form.parse(requestOf(upload));
        await closed;
        return tally;
      };
    },
  },
];
