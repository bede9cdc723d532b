/** The server on Bun: `bun tests/soak/serve_bun.ts <folder>`. */
import process from "node:process";
import { UploadService } from "./upload_service.ts";

/** The part of Bun's types that is used here. */
declare const Bun: {
  serve(options: {
    port: number;
    hostname: string;
    maxRequestBodySize: number;
    idleTimeout: number;
    fetch: (request: Request) => Promise<Response>;
  }): { port: number };
};

const service = new UploadService(process.argv[2] ?? "");

const { port } = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  maxRequestBodySize: Infinity, // By default, Bun refuses more than 128 MiB.
  // Bun counts a connection as idle while its body is not read. With the
  // default of ten seconds, on a loaded machine, it would end uploads that wait
  // for their turn.
  idleTimeout: 255,
  fetch: async (request) => {
    const path = new URL(request.url).pathname;
    const { status, body } = await service.answer(
      path,
      request,
      () => request.body ?? new ReadableStream(),
    );
    return new Response(body, { status });
  },
});
console.log(`Listening on http://127.0.0.1:${port}/`);
