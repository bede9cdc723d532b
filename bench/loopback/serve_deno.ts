import { makeHandler } from "./handlers.ts";

const handler = await makeHandler(Deno.args[0]);

Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen({ port }) {
    console.log(`Listening on http://127.0.0.1:${port}/`);
  },
}, async (request) => new Response(String(await handler.onRequest(request))));
