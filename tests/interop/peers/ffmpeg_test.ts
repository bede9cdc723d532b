import { mixedReplace, MultipartReader } from "@tributary/multipart";
import { spawn } from "node:child_process";
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { utf8 } from "../../bytes.ts";
import { outputOf } from "../../driving/children.ts";
import { Composer } from "../composer.ts";
import { FRAMES, sentFrames } from "../harness/frames.ts";
import { interop } from "../harness/interop.ts";
import type { Difference, Exchange, ToldPart } from "../harness/peer.ts";
import { tell, tellOfUpload } from "../harness/reading.ts";
import { withServer } from "../harness/serving.ts";

/**
 * Runs ffmpeg. Its messages are ignored, since it warns at every end of input.
 */
function start(args: readonly string[], input?: Uint8Array): Readable {
  const child = spawn("ffmpeg", ["-v", "error", "-nostdin", ...args], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => {}); // It may end before it has read all.
  child.stdin.end(input);
  return child.stdout;
}

/** Returns the frames of a live view, as bytes that are not decoded. */
async function read(
  url: string,
  input?: Uint8Array,
  ...options: string[]
): Promise<ToldPart[]> {
  const args = ["-f", "mpjpeg", ...options, "-i", url, "-c", "copy"];
  const hashes = ["-f", "framehash", "-hash", "sha256", "-"];
  const output = await text(start([...args, ...hashes], input));
  return output.split("\n").filter((line) => /^\d/.test(line)).map((line) => {
    const [, , , , length, sha256 = ""] = line.split(",");
    return { length: Number(length), sha256: sha256.trim() };
  });
}

const FROM_JPEGS = ["-f", "image2pipe", "-c:v", "mjpeg", "-i", "-"];
const TO_STREAM = ["-c", "copy", "-f", "mpjpeg", "-boundary_tag", "odd"];
const TYPE = "multipart/x-mixed-replace; boundary=odd";

/** Has ffmpeg write the frames to the target in `to`. */
function write(...to: string[]): Readable {
  return start([...FROM_JPEGS, ...TO_STREAM, ...to], Buffer.concat(FRAMES));
}

/** A live view that ffmpeg reads in both of its ways. */
function shown(
  id: string,
  frames: readonly Uint8Array<ArrayBuffer>[],
  answer: () => Response,
  differs?: Difference,
): Exchange[] {
  const kind = "x-mixed-replace";
  const parts = sentFrames(frames);
  const tells = ["order"] as const;
  return [
    {
      ...{ id: `${id} (from a pipe)`, kind, parts, tells },
      tell: async () => read("-", await answer().bytes()),
    },
    {
      ...{ id: `${id} (over HTTP)`, kind, parts, tells, differs },
      tell: () =>
        withServer(
          answer,
          // With this option, ffmpeg accepts only the boundary in Content-Type.
          (origin) => read(origin, undefined, "-strict_mime_boundary", "1"),
        ),
    },
  ];
}

/**
 * With the boundary given, a frame without Content-Length ends only at another
 * part's delimiter. So ffmpeg takes the close delimiter for the body of an
 * empty last frame.
 */
const takesCloseForBody: Difference = {
  tells: (parts) =>
    parts.map((part) =>
      part.content.length === 0
        ? { ...part, content: utf8("\r\n--b--\r\n") }
        : part
    ),
};

/** ffmpeg writes the length of each frame. */
const written = {
  kind: "x-mixed-replace",
  parts: sentFrames().map((part) => ({
    ...part,
    headers: { ...part.headers, "content-length": `${part.content.length}` },
  })),
  tells: ["path", "type", "headers", "order"],
} as const;

interop({
  name: "ffmpeg mpjpeg",
  hint: "Install ffmpeg.",
  version: async () =>
    /ffmpeg version (\d[\d.]*)/.exec(
      await outputOf("ffmpeg", "-version") ?? "",
    )?.[1],
  takes: [
    ...shown(
      "mixedReplace()",
      FRAMES,
      () => mixedReplace(Readable.from(FRAMES)),
    ),
    ...shown(
      "mixedReplace(), eager",
      // An eager view ends with an empty part.
      [...FRAMES, new Uint8Array(0)],
      () => mixedReplace(Readable.from(FRAMES), { eager: true, boundary: "b" }),
      takesCloseForBody,
    ),
    ...shown("MultipartWriter", FRAMES, () => {
      const { writer } = new Composer("x-mixed-replace");
      for (const frame of FRAMES) writer.append(frame, { type: "image/jpeg" });
      return writer.toResponse();
    }),
  ],
  writes: [
    {
      ...written,
      id: "frames (to a pipe)",
      tell: () => tell(new MultipartReader(write("-"), { contentType: TYPE })),
    },
    {
      ...written,
      id: "frames (posted)",
      tell: () =>
        tellOfUpload(
          async (url) => void await text(write("-content_type", TYPE, url)),
        ),
    },
  ],
});
