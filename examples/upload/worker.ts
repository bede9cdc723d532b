/** The upload server as a Cloudflare Worker, with an R2 bucket: `wrangler dev`. */
import { uploadHandler } from "./handler.ts";
import { type Bucket, r2Store } from "./r2_store.ts";

interface Env {
  UPLOADS: Bucket;
  /** The files of `page/`. */
  ASSETS: { fetch(request: Request): Promise<Response> };
  MAX_UPLOAD?: string;
}

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

export default {
  fetch(request: Request, env: Env, context: Context): Promise<Response> {
    const handler = uploadHandler({
      store: r2Store(env.UPLOADS),
      limits: {
        totalBytes: env.MAX_UPLOAD ? Number(env.MAX_UPLOAD) : undefined,
      },
      async page(request) {
        const asset = await env.ASSETS.fetch(request);
        // A copy, since the headers of what was fetched cannot be changed.
        return new Response(asset.body, asset);
      },
    });
    const response = handler(request);
    // Otherwise a Worker ends where its client hangs up, and nothing cleans up.
    context.waitUntil(response);
    return response;
  },
};
