import process from "node:process";
import { makeHandler } from "./handlers.ts";

/** What is used here of the types that `@types/bun` brings. */
declare const Bun: {
  serve(options: {
    port: number;
    hostname: string;
    fetch: (request: Request) => Promise<Response>;
    maxRequestBodySize: number;
  }): { port: number };
};

const handler = await makeHandler(process.argv[2]);

const { port } = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: async (request) =>
    new Response(String(await handler.onRequest(request))),
  // It would refuse bodies over 128 MiB.
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
});
console.log(`Listening on http://127.0.0.1:${port}/`);
