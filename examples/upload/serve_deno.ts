/** The upload server on Deno: `deno task start`. */
import { eTag, ifNoneMatch } from "@std/http/etag";
import { contentType } from "@std/media-types";
import { extname } from "node:path";
import { diskStore } from "./disk_store.ts";
import { uploadHandler } from "./handler.ts";
import { announce, memory, settings, stopOn } from "./settings.ts";

/**
 * The page's files change when the server is updated, so browsers must
 * revalidate.
 */
async function page(request: Request, file: string): Promise<Response> {
  const bytes = await Deno.readFile(new URL(`page/${file}`, import.meta.url));
  const etag = await eTag(bytes);
  const headers = {
    etag,
    "cache-control": "no-cache",
    "content-type": contentType(extname(file)) ?? "application/octet-stream",
  };
  if (ifNoneMatch(request.headers.get("if-none-match"), etag)) {
    return new Response(bytes, { headers });
  }
  return new Response(null, { status: 304, headers });
}

const chosen = settings();
const store = await diskStore(chosen.folder);
const handler = uploadHandler({
  store,
  page,
  limits: chosen.limits,
  memory,
});

try {
  Deno.serve({
    port: chosen.port,
    hostname: chosen.host,
    onListen: ({ port }) => announce(chosen, port),
  }, handler);
} catch (error) {
  stopOn(error, chosen);
}
