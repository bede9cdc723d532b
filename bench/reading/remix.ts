import type { Contender } from "../contender.ts";
import { loadPeer } from "../load_peer.ts";
import {
  addText,
  emptyTally,
  streamOf,
  type Tally,
  type Upload,
} from "./upload.ts";

interface Part {
  readonly name: string | undefined;
  readonly size: number;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly headers: Record<string, string | undefined>;
}

interface Settings {
  readonly boundary: string;
  readonly maxFileSize: number;
  readonly maxParts: number;
  readonly maxTotalSize: number;
}

interface Remix {
  parseMultipart(
    chunks: Iterable<Uint8Array>,
    settings: Settings,
  ): Iterable<Part>;
  parseMultipartStream(
    stream: ReadableStream<Uint8Array>,
    settings: Settings,
  ): AsyncIterable<Part>;
}

const NAME = "@remix-run/multipart-parser";

function settingsFor({ boundary }: Pick<Upload, "boundary">): Settings {
  return {
    boundary,
    maxFileSize: Infinity,
    maxParts: Infinity,
    maxTotalSize: Infinity,
  };
}

/** It buffers its parts, so a nested multipart is read like another message. */
function readNested(
  remix: Remix,
  chunks: Iterable<Uint8Array>,
  boundary: string,
  tally: Tally,
): Tally {
  for (const part of remix.parseMultipart(chunks, settingsFor({ boundary }))) {
    const type = part.headers["content-type"] ?? "";
    const inner = /^multipart\/.*boundary=(.*)/.exec(type)?.[1];
    if (inner) readNested(remix, [part.bytes], inner, tally);
    else add(tally, part, false);
  }
  return tally;
}

function add(tally: Tally, part: Part, isText: boolean): void {
  if (isText) return addText(tally, part.name ?? "", part.text);
  tally.names.push(part.name ?? "");
  tally.sizes.push(part.size);
}

const accepts = ({ reading }: Upload) =>
  reading === "size" || reading === "text";

export const remixPeers: Contender<Upload, Tally>[] = [
  {
    name: NAME,
    family: NAME,
    source: "stream",
    accepts,
    async load() {
      const { parseMultipartStream } = await loadPeer<Remix>(NAME);
      return async (upload) => {
        const tally = emptyTally();
        const isText = upload.reading === "text";
        const parts = parseMultipartStream(
          streamOf(upload),
          settingsFor(upload),
        );
        for await (const part of parts) add(tally, part, isText);
        return tally;
      };
    },
  },
  {
    name: `${NAME}, no stream`,
    family: NAME,
    source: "chunks",
    accepts: (upload) => accepts(upload) || upload.reading === "nested",
    async load() {
      const remix = await loadPeer<Remix>(NAME);
      return (upload) => {
        const tally = emptyTally();
        if (upload.reading === "nested") {
          return readNested(remix, upload.chunks, upload.boundary, tally);
        }
        const isText = upload.reading === "text";
        const parts = remix.parseMultipart(upload.chunks, settingsFor(upload));
        for (const part of parts) add(tally, part, isText);
        return tally;
      };
    },
  },
];
