/** The upload server on Bun: `bun examples/upload/serve_bun.ts`. */
import { diskStore } from "./disk_store.ts";
import { uploadHandler } from "./handler.ts";
import { announce, memory, settings, stopOn } from "./settings.ts";

/** The part of Bun's types that is used here. */
declare const Bun: {
  file(url: URL): Blob & { exists(): Promise<boolean> };
  serve(options: {
    port: number;
    hostname: string;
    fetch: (request: Request) => Promise<Response>;
    maxRequestBodySize: number;
    idleTimeout: number;
  }): { port: number };
};

const chosen = settings();
const handler = uploadHandler({
  store: await diskStore(chosen.folder),
  limits: chosen.limits,
  memory,
  async page(_request, file) {
    const found = Bun.file(new URL(`page/${file}`, import.meta.url));
    return await found.exists()
      ? new Response(found)
      : new Response(null, { status: 404 });
  },
});

try {
  const server = Bun.serve({
    port: chosen.port,
    hostname: chosen.host,
    fetch: handler,
    // Bun's default is 128 MiB. MAX_UPLOAD sets the limit instead.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    // In seconds without traffic. The default of 10 is short for a phone in a
    // tunnel.
    idleTimeout: 60,
  });
  announce(chosen, server.port);
} catch (error) {
  stopOn(error, chosen);
}
