/**
 * The cost of a stream when nothing is parsed, which is the least for any
 * reader of that stream.
 */
import type { Contender } from "../contender.ts";
import { measure } from "../measure.ts";
import { pump, streamOf, type Upload } from "./upload.ts";

async function drain(upload: Upload): Promise<number> {
  let bytes = 0;
  await pump(upload, (chunk) => {
    bytes += chunk.length;
  });
  return bytes;
}

/** The chunks as they come, however the stream is read. */
async function* chunksOf(upload: Upload): AsyncGenerator<Uint8Array> {
  const reader = streamOf(upload).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function iterate(upload: Upload): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunksOf(upload)) bytes += chunk.length;
  return bytes;
}

function floor(
  name: string,
  run: (upload: Upload) => Promise<number>,
): Contender<Upload, number> {
  return { name, family: name, load: () => Promise.resolve(run) };
}

/** Returns the shortest times in milliseconds. */
export async function measureFloor(
  upload: Upload,
  bytes: number,
  budget: number,
): Promise<Record<string, number>> {
  const timings = await measure({
    input: upload,
    contenders: [
      floor("ms, the stream alone", drain),
      floor("ms, the stream through an async generator", iterate),
    ],
    check: (read) => read === bytes ? undefined : `${read} bytes`,
    budget,
  });
  return Object.fromEntries(
    timings.map(({ name, times }) => [name, Math.min(...times)]),
  );
}
