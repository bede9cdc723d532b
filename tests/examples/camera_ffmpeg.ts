/** ffmpeg as a camera, and as the reference for what a client saved. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { untilEnd } from "../driving/children.ts";
import { ffmpeg, pathOf } from "../driving/commands.ts";

export const FILMED_FRAMES = 100;
export const FFMPEG_TYPE = "multipart/x-mixed-replace;boundary=ffmpeg";

/** Films for four seconds, in real time. */
export function film(): Readable {
  return startFfmpeg([
    ...["-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25"],
    ...["-frames:v", String(FILMED_FRAMES), "-f", "mpjpeg", "-"],
  ]).stdout;
}

/** Returns the pictures of a stream as ffmpeg reads it, each as a hash. */
export async function picturesInStream(bytes: Uint8Array): Promise<string[]> {
  // Its messages are ignored, since it warns at every end of such a stream.
  const { hashes } = await decode(["-f", "mpjpeg", "-i", "-"], bytes);
  return hashes;
}

/** Returns the pictures in a folder's files, each as a hash of its pixels. */
export async function picturesInFolder(folder: string): Promise<string[]> {
  const strict = ["-xerror", "-err_detect", "explode"];
  const files = ["-f", "image2", "-i", join(folder, "%06d.jpg")];
  const { hashes, remarks } = await decode([...strict, ...files]);
  if (remarks !== "") throw new Error(`Cannot decode a frame: ${remarks}`);
  return hashes;
}

/** The hashes of the decoded pictures, and ffmpeg's messages. */
export interface Decoded {
  exitCode: number | null;
  hashes: string[];
  remarks: string;
}

/** Has ffmpeg decode its input. */
export async function decode(
  input: string[],
  bytes: Uint8Array = new Uint8Array(0),
): Promise<Decoded> {
  const child = startFfmpeg([
    ...input,
    ...["-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  child.stdin.on("error", () => {}); // It may end before it has read all.
  child.stdin.end(bytes);
  const { exitCode, stdout, stderr: remarks } = await untilEnd(child);
  const hashes = stdout.split("\n").filter((line) => /^\d/.test(line))
    .map((line) => line.slice(line.lastIndexOf(",") + 1).trim());
  return { exitCode, hashes, remarks };
}

/** Starts ffmpeg, which prints only errors. */
export function startFfmpeg(
  args: readonly string[],
): ChildProcessWithoutNullStreams {
  return spawn(pathOf(ffmpeg), ["-v", "error", "-nostdin", ...args]);
}
