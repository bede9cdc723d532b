/** The server on Deno: `deno run -A --v8-flags=--expose-gc tests/soak/serve_deno.ts <folder>`. */
import { UploadService } from "./upload_service.ts";

const service = new UploadService(Deno.args[0] ?? "");

Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen({ port }) {
    console.log(`Listening on http://127.0.0.1:${port}/`);
  },
}, async (request) => {
  const path = new URL(request.url).pathname;
  const { status, body } = await service.answer(
    path,
    request,
    () => request.body ?? new ReadableStream(),
  );
  return new Response(body, { status });
});
