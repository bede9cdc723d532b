/**
 * Ways to read a part's body, and what the platform takes for the same bytes.
 */
import { type Contender, OWN_FAMILY } from "../contender.ts";
import { budgetOf, measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import { MultipartReader, type PartReader } from "../../reader/mod.ts";
import { MultipartWriter } from "../../writer/mod.ts";
import {
  BOUNDARY,
  closeDelimiter,
  CRLF,
  formPart,
  MIB,
  randomChunks,
} from "../reading/body.ts";
import { pump, streamOf, type Upload } from "../reading/upload.ts";

/** The result of reading the part. */
interface Taken {
  readonly name?: string;
  readonly size: number;
  /** The first bytes, if they were collected. */
  readonly start?: Uint8Array;
}

type Way = Contender<Upload, Taken>;

const PROBE_BYTES = 1024;

/** A way to read the body of the only part. */
function own(name: string, take: (part: PartReader) => Promise<Taken>): Way {
  return {
    name,
    family: OWN_FAMILY,
    load: () =>
      Promise.resolve(async (upload: Upload) => {
        const { contentType } = upload;
        const reader = new MultipartReader(streamOf(upload), {
          contentType,
          limits: { bufferedBytes: Infinity },
        });
        let taken: Taken = { size: -1 };
        for await (const part of reader) {
          taken = { name: part.name, ...await take(part) };
        }
        return taken;
      }),
  };
}

/** A way that reads the whole message without parsing. */
function whole(
  name: string,
  family: string,
  take: (upload: Upload) => Promise<Taken>,
): Way {
  return { name, family, load: () => Promise.resolve(take) };
}

async function countStream(stream: ReadableStream<Uint8Array>) {
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { size };
    size += value.length;
  }
}

const iterating = own("for await (chunk of part)", async (part) => {
  let size = 0;
  for await (const chunk of part) size += chunk.length;
  return { size };
});

const drained = whole("the source drained", "drain", async (upload) => {
  let size = 0;
  await pump(upload, (chunk) => {
    size += chunk.length;
  });
  return { size };
});

const bodyWays: readonly Way[] = [
  iterating,
  own("part.body, read", ({ body }) => countStream(body)),
  own("part.body, piped", async ({ body }) => {
    let size = 0;
    await body.pipeTo(
      new WritableStream({
        write(chunk) {
          size += chunk.length;
        },
      }),
    );
    return { size };
  }),
  drained,
  whole("the source piped", "pipe", async (upload) => {
    let size = 0;
    await streamOf(upload).pipeTo(
      new WritableStream({
        write(chunk) {
          size += chunk.length;
        },
      }),
    );
    return { size };
  }),
];

const bytesWays: readonly Way[] = [
  own("part.bytes()", async (part) => {
    const bytes = await part.bytes({ maxBytes: Infinity });
    return { size: bytes.length, start: bytes.subarray(0, PROBE_BYTES) };
  }),
  whole("Response.arrayBuffer()", "native", async (upload) => {
    const buffer = await new Response(streamOf(upload)).arrayBuffer();
    return { size: buffer.byteLength };
  }),
];

const forwardWays: readonly Way[] = [
  iterating,
  own("MultipartReader to MultipartWriter", async (part) => {
    const writer = new MultipartWriter("form-data", { boundary: BOUNDARY });
    writer.append(part);
    const { size } = await countStream(writer.stream());
    return { size: size - (framing + closeDelimiter().length) };
  }),
  drained,
];

const jobs = {
  "part-body": {
    title: "A part's body, read and piped",
    ways: bodyWays,
  },
  "part-bytes": {
    title: "A part's body as one piece",
    ways: bytesWays,
  },
  forward: {
    title: "A part forwarded, from reader to writer to a sink",
    ways: forwardWays,
  },
} as const;

const head = formPart("file", "large.bin");
/** The bytes around the body, except for the close delimiter. */
const framing = head.length + CRLF.length;

/** Measures ways to read one large part. */
export async function comparePartBody(
  name: string,
  { isQuick, isWanted, rounds }: MeasureSettings,
): Promise<Measured> {
  const job = Object.entries(jobs).find(([job]) => job === name)?.[1];
  if (!job) throw new Error(`Cannot measure ${name}: the job is unknown`);
  const size = (isQuick ? 32 : 256) * MIB;
  const content = [...randomChunks(size)];
  const upload: Upload = {
    boundary: BOUNDARY,
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
    chunks: [head, ...content, CRLF, closeDelimiter()],
    reading: "size",
  };
  const timings = await measure({
    input: upload,
    contenders: job.ways.filter(({ name }) => isWanted(name)),
    check: (taken: Taken) => findFault(taken, size, content[0]),
    budget: budgetOf(isQuick),
    rounds,
  });
  return {
    title: `${job.title}, ${size / MIB} MiB out of memory`,
    unit: "bytes",
    bytes: size,
    parts: 1,
    timings,
  };
}

/**
 * A way that does not parse returns no name, and the size of the whole message.
 */
function findFault(
  { name, size, start }: Taken,
  expected: number,
  content: Uint8Array,
): string | undefined {
  if (name === undefined) {
    const more = framing + closeDelimiter().length;
    return size === expected + more ? undefined : `${size} bytes`;
  }
  if (name !== "file" || size !== expected) return `${name}, ${size} bytes`;
  const isRight = start?.every((byte, index) => byte === content[index]) ??
    true;
  return isRight ? undefined : "wrong bytes";
}
