/** Compares the time of a byte or a part in large bodies and in small ones. */
import { type Contender, OWN_FAMILY } from "../contender.ts";
import { measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import {
  BOUNDARY,
  closeDelimiter,
  CRLF,
  cut,
  formPart,
  KIB,
  MIB,
  randomChunks,
  utf8,
} from "../reading/body.ts";
import { streamOf, type Upload } from "../reading/upload.ts";
import { MultipartReader } from "../../reader/mod.ts";

const contentType = `multipart/form-data; boundary=${BOUNDARY}`;
const limits = { parts: Infinity };

/** Reads a body, and counts its bytes and parts. */
async function countUpload(
  chunks: Iterable<Uint8Array<ArrayBuffer>>,
): Promise<{ parts: number; bytes: number }> {
  const upload: Upload = {
    boundary: BOUNDARY,
    contentType,
    chunks,
    reading: "size",
  };
  const count = { parts: 0, bytes: 0 };
  const reader = new MultipartReader(streamOf(upload), { contentType, limits });
  for await (const part of reader) {
    count.parts++;
    for await (const chunk of part) count.bytes += chunk.length;
  }
  return count;
}

const ring = [...randomChunks(4 * MIB)];

/** A file whose chunks are made on demand, so that none is held. */
function* largeFile(bytes: number): Generator<Uint8Array<ArrayBuffer>> {
  yield formPart("file", "large.bin");
  const count = bytes / ring[0].length;
  for (let index = 0; index < count; index++) yield ring[index % ring.length];
  yield CRLF;
  yield closeDelimiter();
}

function fieldsOf(count: number): Uint8Array<ArrayBuffer>[] {
  const value = utf8("sixteen bytes ok");
  const pieces = Array.from(
    { length: count },
    (_, index) => [formPart(`field${index}`), value, CRLF],
  ).flat();
  return cut([...pieces, closeDelimiter()]);
}

/** Measures the time of one KiB or part in bodies of several sizes. */
export async function compareGrowth(
  name: string,
  { isQuick }: MeasureSettings,
): Promise<Measured> {
  if (name === "growth-bytes") {
    const last = isQuick ? 256 * MIB : KIB * MIB;
    const sizes = [MIB, 16 * MIB, 256 * MIB, last].slice(0, isQuick ? 3 : 4);
    return await compareSizes(
      "A file that grows: time of a KiB, in ns",
      isQuick,
      {
        sizes,
        // Reads the same number of bytes for each size, so that the clock is
        // equally accurate.
        repeats: (size) => Math.max(1, 64 * MIB / size),
        count: async (size) => (await countUpload(largeFile(size))).bytes,
        label: (size) => `${size / MIB} MiB`,
        per: KIB,
      },
    );
  }
  const sizes = [10, 100, 1_000, 10_000, ...(isQuick ? [] : [100_000])];
  const forms = new Map(sizes.map((size) => [size, fieldsOf(size)]));
  return await compareSizes(
    "A form that grows: time of a part, in ns",
    isQuick,
    {
      sizes,
      repeats: (size) => Math.max(1, 10_000 / size),
      count: async (size) => (await countUpload(forms.get(size) ?? [])).parts,
      label: (size) => `${size.toLocaleString("en")} parts`,
      per: 1,
    },
  );
}

interface Sizes {
  readonly sizes: readonly number[];
  repeats(size: number): number;
  /** Reads the body once, and returns the count. */
  count(size: number): Promise<number>;
  label(size: number): string;
  /** The number of bytes or parts that the time is stated for. */
  readonly per: number;
}

async function compareSizes(
  title: string,
  isQuick: boolean,
  { sizes, repeats, count, label, per }: Sizes,
): Promise<Measured> {
  const contenders: Contender<undefined, number>[] = sizes.map((size) => ({
    name: label(size),
    family: OWN_FAMILY,
    load: () =>
      Promise.resolve(async () => {
        let fault = 0;
        for (let repeat = 0; repeat < repeats(size); repeat++) {
          if (await count(size) !== size) fault++;
        }
        return fault;
      }),
  }));
  const timings = await measure({
    input: undefined,
    contenders,
    check: (fault) => fault ? "bytes or parts are missing" : undefined,
    budget: isQuick ? 1_000 : 2_000,
  });
  const values: Record<string, number> = {};
  for (const [index, { name, times }] of timings.entries()) {
    const size = sizes[index];
    values[name] = Math.min(...times) * 1e6 /
      (size * repeats(size) / per);
  }
  return { title, unit: "bytes", bytes: 0, parts: 0, timings: [], values };
}
