import {
  FrameBroadcast,
  MultipartError,
  MultipartReader,
} from "@tributary/multipart";
import { problem } from "./problem.ts";

const MAX_FRAME_BYTES = 1024 * 1024;
const MAX_FRAMES_A_SECOND = 30;
const MAX_WATCHERS = 100;

// A still picture is sent repeatedly: servers and proxies close a connection
// that is silent for a minute, and Firefox closes the connection of a closed
// window only when the next frame arrives.
const REPEAT_MS = 5000;

/**
 * A picture that any visitor can feed and watch:
 *
 * - `GET /live` watches it, as `multipart/x-mixed-replace`.
 * - `PUT /live` shows one JPEG, or each frame of a `multipart/x-mixed-replace` body
 *   as it arrives.
 * - `GET /live/status` returns the number of frames and of viewers.
 *
 * @returns The handler for these requests.
 */
export function liveView(): (request: Request) => Promise<Response> {
  // Without `eager`, Chromium shows a frame only when it has the next one's
  // head.
  const broadcast = new FrameBroadcast({ eager: true });
  let latest: Uint8Array<ArrayBuffer> | undefined;
  let frames = 0;
  let repeating: ReturnType<typeof setInterval> | undefined;

  const isInTime = rateLimit(MAX_FRAMES_A_SECOND);
  /** Shows a frame, unless there are too many. */
  function show(frame: Uint8Array<ArrayBuffer>): boolean {
    if (!isInTime()) return false;
    latest = frame;
    frames++;
    broadcast.publish(frame);
    return true;
  }

  function repeat(): void {
    if (broadcast.clients === 0) {
      clearInterval(repeating);
      repeating = undefined;
    } else if (latest !== undefined) {
      broadcast.publish(latest);
    }
  }

  function watch(request: Request): Response {
    if (broadcast.clients >= MAX_WATCHERS) {
      return problem(503, "too-many-watchers", "Too many watch already");
    }
    repeating ??= setInterval(repeat, REPEAT_MS);
    return broadcast.subscribe({ signal: request.signal });
  }

  async function feedOne(request: Request): Promise<Response> {
    const frame = await readFrame(request.body);
    if (frame === undefined) {
      return problem(
        413,
        "frame-too-large",
        `A frame has at most ${MAX_FRAME_BYTES} bytes`,
      );
    }
    if (!isJpeg(frame)) return problem(415, "not-jpeg", "A frame is a JPEG");
    if (show(frame)) return Response.json({ frames: 1 });
    const response = problem(
      429,
      "too-many-frames",
      `At most ${MAX_FRAMES_A_SECOND} frames a second are shown`,
    );
    response.headers.set("retry-after", "1");
    return response;
  }

  /** Shows the frames of a camera, except those that come too fast. */
  async function feedMany(request: Request): Promise<Response> {
    let shown = 0;
    const limits = { bufferedBytes: MAX_FRAME_BYTES };
    const options = { accept: "x-mixed-replace", limits } as const;
    for await (const part of MultipartReader.from(request, options)) {
      const frame = await part.bytes();
      if (isJpeg(frame) && show(frame)) shown++;
    }
    return Response.json({ frames: shown });
  }

  return async (request) => {
    if (new URL(request.url).pathname === "/live/status") {
      return Response.json({ frames, watchers: broadcast.clients }, {
        headers: { "cache-control": "no-store" },
      });
    }
    if (request.method === "GET") return watch(request);
    const type = request.headers.get("content-type") ?? "";
    try {
      return /^multipart\/x-mixed-replace\b/i.test(type)
        ? await feedMany(request)
        : await feedOne(request);
    } catch (error) {
      if (error instanceof MultipartError) {
        return problem(error.status, error.code, error.message);
      }
      // A camera may be switched off at any time. It does not read the
      // response.
      return problem(400, "broken-off", "The frame did not come whole");
    }
  };
}

/** Reads a body, or returns undefined if it is too large. */
async function readFrame(
  body: ReadableStream<Uint8Array> | null,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MAX_FRAME_BYTES) return undefined;
    chunks.push(new Uint8Array(chunk));
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/**
 * Returns a function that returns whether fewer than `most` calls succeeded in
 * the last second.
 */
function rateLimit(most: number): () => boolean {
  const times: number[] = [];
  return () => {
    const now = Date.now();
    while (times[0] !== undefined && times[0] <= now - 1000) times.shift();
    return times.length < most && times.push(now) > 0;
  };
}
