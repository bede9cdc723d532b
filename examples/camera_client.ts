/**
 * Watches a camera, and saves its frames if there is a folder for them:
 * `node examples/camera_client.ts http://camera/ [folder]`, or with `bun`, or
 * with `deno run --allow-net --allow-write`. Ctrl+C ends it.
 */
import { MultipartReader } from "@tributary/multipart";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

// A faulty camera may send a frame that never ends.
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/**
 * Yields each frame of a camera as soon as its last byte has arrived. Leaving
 * the loop, or aborting the signal, closes the connection.
 */
export async function* readFrames(
  url: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const response = await fetch(url, { signal });
  try {
    if (!response.ok) {
      throw new Error(`Cannot watch ${url}: ${response.status}`);
    }
    const limits = { partBytes: MAX_FRAME_BYTES };
    const reader = MultipartReader.from(response, { signal, limits });
    for await (const frame of reader) yield await frame.bytes();
  } finally {
    // If the response is not a camera stream, its body was not read and may
    // never end.
    if (!response.bodyUsed) await response.body?.cancel();
  }
}

/**
 * Returns a function to call for each frame. It returns the recent number of
 * frames a second.
 */
function rateMeter(): () => number {
  const times: number[] = [];
  return () => {
    times.push(performance.now());
    if (times.length > 51) times.shift();
    const seconds = (times[times.length - 1] - times[0]) / 1000;
    return seconds > 0 ? (times.length - 1) / seconds : 0;
  };
}

if (import.meta.main) {
  const [url = "", folder] = process.argv.slice(2);
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const measureRate = rateMeter();
  let count = 0;
  try {
    for await (const frame of readFrames(url, stop.signal)) {
      const rate = measureRate().toFixed(1);
      const name = `${String(++count).padStart(6, "0")}.jpg`;
      if (folder !== undefined) await writeFile(join(folder, name), frame);
      console.log(`${name}: ${frame.length} bytes, ${rate} frames a second`);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  console.log(`${count} frames`);
}
