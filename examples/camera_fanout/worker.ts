/**
 * Shows cameras to any number of viewers anywhere, and connects to each camera
 * once: put their URLs into wrangler.jsonc, run `npx wrangler dev` in this
 * folder, and open http://localhost:8787/garden in several windows.
 *
 * Each camera has one Durable Object, which serves all of its viewers and reads
 * the camera only while there are any.
 */
import { FrameBroadcast, MultipartReader } from "@tributary/multipart";

interface Env {
  /** The URL of each camera, by its name. */
  CAMERA_URLS: Record<string, string>;
  CAMERAS: {
    getByName(name: string): { fetch(request: Request): Promise<Response> };
  };
}

// A faulty camera may send a frame that never ends.
const limits = { partBytes: 8 * 1024 * 1024 };

function nameOf(request: Request): string {
  return new URL(request.url).pathname.slice(1);
}

/** A connection to a camera, and the broadcast to its viewers. */
interface Show {
  broadcast: FrameBroadcast;
  /** Closes the connection to the camera. */
  stop: AbortController;
}

/** One camera. */
export class Camera {
  readonly #urls: Record<string, string>;
  #show: Show | undefined;

  constructor(_state: unknown, { CAMERA_URLS }: Env) {
    this.#urls = CAMERA_URLS;
  }

  fetch(request: Request): Response {
    const { signal } = request;
    signal.throwIfAborted();
    const show = this.#show ??= this.#begin(this.#urls[nameOf(request)]);
    // Each viewer gets the frames that it has time for, and does not slow
    // others.
    const response = show.broadcast.subscribe({ signal });
    // The broadcast registered its listener first, so it no longer counts this
    // viewer.
    signal.addEventListener("abort", () => {
      if (show.broadcast.clients === 0) this.#end(show);
    });
    return response;
  }

  #begin(url: string): Show {
    const show = {
      broadcast: new FrameBroadcast(),
      stop: new AbortController(),
    };
    this.#publish(url, show)
      .catch((error) => {
        if (show.stop.signal.aborted) return; // No viewer is left.
        console.error("Cannot show a camera:", error);
      })
      .finally(() => this.#end(show));
    return show;
  }

  /** Publishes the camera's frames until it ends or no viewer is left. */
  async #publish(url: string, show: Show): Promise<void> {
    const { broadcast, stop: { signal } } = show;
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`It answers with ${response.status}`);
    const frames = MultipartReader.from(response, { limits, signal });
    for await (const frame of frames) {
      broadcast.publish(await frame.bytes());
      if (broadcast.clients === 0) return this.#end(show);
    }
  }

  /** Disconnects from the camera. The next viewer connects again. */
  #end(show: Show): void {
    if (this.#show === show) this.#show = undefined;
    show.stop.abort();
    show.broadcast.close();
  }
}

export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    const name = nameOf(request);
    if (!Object.hasOwn(env.CAMERA_URLS, name)) {
      return new Response("There is no such camera\n", { status: 404 });
    }
    return env.CAMERAS.getByName(name).fetch(request);
  },
};
