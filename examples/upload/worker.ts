/**
 * The upload server as a Cloudflare Worker, with an R2 bucket:
 * `npx wrangler dev` in this folder.
 */
import { uploadHandler } from "./handler.ts";
import { liveView } from "./live_view.ts";
import { type Bucket, r2Store } from "./r2_store.ts";
import { wholeNumber } from "./whole_number.ts";

interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

interface Env {
  UPLOADS: Bucket;
  /** The files of `page/`. */
  ASSETS: Fetcher;
  LIVE: { getByName(name: string): Fetcher };
  MAX_UPLOAD?: string;
}

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

/**
 * The object in which all requests for the live picture meet: elsewhere in a
 * Worker, one request cannot write to the response of another.
 */
export class LivePicture {
  readonly #answer = liveView();

  fetch(request: Request): Promise<Response> {
    return this.#answer(request);
  }
}

/**
 * Returns a copy, since the headers of a fetched response cannot be changed.
 */
async function fetchFrom(from: Fetcher, request: Request): Promise<Response> {
  const response = await from.fetch(request);
  return new Response(response.body, response);
}

function handlerFor({ UPLOADS, ASSETS, LIVE, MAX_UPLOAD }: Env) {
  return uploadHandler({
    store: r2Store(UPLOADS),
    limits: { totalBytes: wholeNumber("MAX_UPLOAD", MAX_UPLOAD) },
    page: (request) => fetchFrom(ASSETS, request),
    live: (request) => fetchFrom(LIVE.getByName("picture"), request),
  });
}

// Kept between requests: the running uploads and the last request in this
// isolate. If there are several isolates, each has its own.
let handler: ReturnType<typeof uploadHandler> | undefined;

export default {
  fetch(request: Request, env: Env, context: Context): Promise<Response> {
    handler ??= handlerFor(env);
    const response = handler(request);
    // Without this, a Worker ends when its client hangs up, without cleaning
    // up.
    context.waitUntil(response);
    return response;
  },
};
