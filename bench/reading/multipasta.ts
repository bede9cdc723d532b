import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { ByteOrigin, Contender } from "../contender.ts";
import { loadPeer } from "../load_peer.ts";
import {
  addText,
  emptyTally,
  pump,
  type Tally,
  type Upload,
} from "./upload.ts";

interface PartInfo {
  readonly name: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly contentTypeParameters: Record<string, string | undefined>;
}

type TakeChunk = (chunk: Uint8Array | null) => void;

interface Multipasta {
  make(config: {
    headers: Record<string, string>;
    isFile(): boolean;
    maxFieldSize: number;
    onField(info: PartInfo, value: Uint8Array): void;
    onFile(info: PartInfo): TakeChunk;
    onError(error: { _tag: string }): void;
    onDone(): void;
  }): Parser;
  decodeField(info: PartInfo, value: Uint8Array): string;
}

interface Parser {
  write(chunk: Uint8Array): void;
  end(): void;
}

/** Uses its push interface: its own streams cost more than the parsing. */
async function readStream(module: Multipasta, upload: Upload): Promise<Tally> {
  const tally = emptyTally();
  const parser = open(module, upload, tally);
  await pump(upload, (chunk) => parser.write(chunk));
  parser.end();
  return tally;
}

function readChunks(
  module: Multipasta,
  upload: Upload,
  tally = emptyTally(),
): Tally {
  const parser = open(module, upload, tally);
  for (const chunk of upload.chunks) parser.write(chunk);
  parser.end();
  return tally;
}

function open(module: Multipasta, upload: Upload, tally: Tally): Parser {
  const { reading } = upload;
  return module.make({
    headers: { "content-type": upload.contentType },
    isFile: () => reading !== "text",
    maxFieldSize: Infinity,
    onField(info, value) {
      addText(tally, info.name, module.decodeField(info, value));
    },
    onFile(info) {
      const { boundary } = info.contentTypeParameters;
      if (reading === "nested" && boundary !== undefined) {
        const contentType = `multipart/mixed; boundary=${boundary}`;
        return collect((chunks) => {
          readChunks(module, { ...upload, contentType, chunks }, tally);
        });
      }
      tally.names.push(info.name);
      if (reading === "decoded") {
        return collect((chunks) => {
          tally.sizes.push(decode(info, Buffer.concat(chunks)).length);
        });
      }
      let size = 0;
      return (chunk) => {
        if (chunk) size += chunk.length;
        else tally.sizes.push(size);
      };
    },
    onError({ _tag }) {
      throw new Error(_tag);
    },
    onDone() {},
  });
}

function collect(
  done: (chunks: Uint8Array<ArrayBuffer>[]) => void,
): TakeChunk {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  return (chunk) => {
    if (chunk?.buffer instanceof ArrayBuffer) {
      chunks.push(
        new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength),
      );
    } else {
      done(chunks);
    }
  };
}

/** Decodes as a user would who has the whole part. */
function decode({ headers }: PartInfo, bytes: Buffer): Uint8Array {
  if (headers["content-encoding"] === "gzip") return gunzipSync(bytes);
  return Buffer.from(bytes.toString("latin1"), "base64");
}

function isQuotedPrintable(upload: Upload): boolean {
  const [first] = upload.chunks;
  return Buffer.from(first).includes("quoted-printable");
}

function peer(name: string, source: ByteOrigin): Contender<Upload, Tally> {
  const read = source === "stream" ? readStream : readChunks;
  return {
    name: source === "stream" ? name : `${name}, no stream`,
    family: "multipasta",
    source,
    accepts: ({ reading }) => reading !== "decoded",
    async load() {
      const module = await loadPeer<Multipasta>("multipasta");
      return (upload) => read(module, upload);
    },
  };
}

export const multipastaPeers: Contender<Upload, Tally>[] = [
  peer("multipasta", "stream"),
  peer("multipasta", "chunks"),
  {
    ...peer("multipasta, then the runtime's decoder", "stream"),
    // No runtime decodes quoted-printable.
    accepts: (upload) =>
      upload.reading === "decoded" && !isQuotedPrintable(upload),
  },
];
