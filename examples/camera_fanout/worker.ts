/**
 * Shows cameras to any number of viewers anywhere, and connects to each camera
 * once: put their URLs into wrangler.jsonc, run `npx wrangler dev` in this
 * folder, and open http://localhost:8787/garden in several windows.
 *
 * All viewers of a camera come to the one Durable Object that it has, which
 * reads the camera while somebody watches.
 */
import { FrameBroadcast, MultipartReader } from "@tributary/multipart";

interface Env {
  /** The URL of each camera, by its name. */
  CAMERA_URLS: Record<string, string>;
  CAMERAS: {
    getByName(name: string): { fetch(request: Request): Promise<Response> };
  };
}

// A camera that has gone wrong may send a frame without end.
const limits = { partBytes: 8 * 1024 * 1024 };

function nameOf(request: Request): string {
  return new URL(request.url).pathname.slice(1);
}

/** One camera. */
export class Camera {
  readonly #urls: Record<string, string>;
  #broadcast: FrameBroadcast | undefined;

  constructor(_state: unknown, { CAMERA_URLS }: Env) {
    this.#urls = CAMERA_URLS;
  }

  fetch(request: Request): Response {
    let broadcast = this.#broadcast;
    if (broadcast === undefined) {
      this.#broadcast = broadcast = new FrameBroadcast();
      this.#show(this.#urls[nameOf(request)], broadcast)
        .catch((error) => console.error("Cannot show a camera:", error));
    }
    // Each viewer gets the frames that it has time for, and slows no other.
    return broadcast.subscribe({ signal: request.signal });
  }

  /** Publishes the camera's frames until it ends, or nobody watches. */
  async #show(url: string, broadcast: FrameBroadcast): Promise<void> {
    try {
      const camera = MultipartReader.from(await fetch(url), { limits });
      for await (const frame of camera) {
        broadcast.publish(await frame.bytes());
        if (broadcast.clients > 0) continue;
        this.#broadcast = undefined; // Who comes now connects anew.
        break; // Which hangs up.
      }
    } finally {
      if (this.#broadcast === broadcast) this.#broadcast = undefined;
      broadcast.close();
    }
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
