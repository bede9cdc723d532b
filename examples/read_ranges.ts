/**
 * Reads several ranges of a file with one request, as readers of Zarr, GeoTIFF
 * or PMTiles do: `node examples/read_ranges.ts URL 0-4 100-200`, or with `bun`,
 * or with `deno run --allow-net`. A range ends before its second number.
 */
import { MultipartReader } from "@tributary/multipart";
import process from "node:process";

/** A range: its first byte, and its exclusive end, as in `slice()`. */
export type Range = readonly [start: number, end: number];

/**
 * Reads non-empty ranges. Returns the bytes of each, in order.
 *
 * @throws {RangeError} If the file ends before a range does.
 */
export async function readRanges(
  url: string | URL,
  ranges: readonly Range[],
): Promise<Uint8Array[]> {
  const wanted = ranges.map(([start, end]) => ({
    bytes: new Uint8Array(end - start),
    at: start, // The position of the next missing byte.
    end,
  }));
  const put = (position: number, chunk: Uint8Array) => {
    for (const range of wanted) {
      const from = range.at - position;
      if (from < 0 || from >= chunk.length) continue;
      const piece = chunk.subarray(from, range.end - position);
      range.bytes.set(piece, range.bytes.length - (range.end - range.at));
      range.at += piece.length;
    }
  };
  const isWhole = () => wanted.every(({ at, end }) => at === end);

  const list = ranges.map(([start, end]) => `${start}-${end - 1}`).join();
  const headers = { range: `bytes=${list}`, "accept-encoding": "identity" };
  const response = await fetch(url, { headers });
  for await (const { start, chunks } of piecesOf(response)) {
    let position = start;
    for await (const chunk of chunks) {
      put(position, chunk);
      position += chunk.length;
      // A server that ignores ranges may have gigabytes more to send.
      if (isWhole()) break;
    }
    if (isWhole()) break;
  }
  if (isWhole()) return wanted.map(({ bytes }) => bytes);
  throw new RangeError(`Cannot read all ranges of ${url}: it is too short`);
}

/** Bytes of the file, and their position in it. */
interface Piece {
  start: number;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * Yields the pieces of a response. A server may send a part for each range, in
 * any order, and may join some. It may send a single range, or all of them
 * joined, without a multipart. Or it sends the whole file.
 */
async function* piecesOf(response: Response): AsyncGenerator<Piece> {
  const { status, body } = response;
  const type = response.headers.get("content-type") ?? "";
  if (status === 206 && /^multipart\/byteranges\s*(?:;|$)/i.test(type)) {
    const options = { accept: "byteranges" } as const;
    for await (const part of MultipartReader.from(response, options)) {
      if (part.contentRange === undefined) continue;
      yield { start: part.contentRange.start, chunks: part };
    }
    return;
  }
  const field = response.headers.get("content-range") ?? "";
  const [, start] = /^bytes (\d+)-/.exec(field) ?? [];
  if (body && status === 200) yield { start: 0, chunks: body };
  else if (body && status === 206 && start !== undefined) {
    yield { start: Number(start), chunks: body };
  } else {
    await body?.cancel();
    // 416: no range is within the file.
    if (status !== 416) throw new Error(`Cannot read ranges: ${status}`);
  }
}

const [url, ...ranges] = process.argv.slice(2);
if (import.meta.main && url !== undefined) {
  const asked = ranges.map((range): Range => {
    const [start, end] = range.split("-").map(Number);
    return [start ?? 0, end ?? 0];
  });
  for (const [index, bytes] of (await readRanges(url, asked)).entries()) {
    console.log(ranges[index], new TextDecoder("latin1").decode(bytes));
  }
}
