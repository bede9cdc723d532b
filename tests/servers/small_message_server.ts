/**
 * Reads forms on this runtime's own server, and prints the fields or the error
 * of each. `/cancel` cancels the form while it waits for the first part.
 */
import { MultipartReader } from "@tributary/multipart/reader";

type Handler = (request: Request) => Promise<Response>;

interface Deno {
  serve(
    options: {
      port: 0;
      hostname: string;
      onListen(address: { port: number }): void;
    },
    handler: Handler,
  ): unknown;
}

interface Bun {
  serve(
    options: { port: 0; hostname: string; fetch: Handler },
  ): { port: number };
}

async function handle(request: Request): Promise<Response> {
  let outcome: string;
  try {
    const reader = MultipartReader.from(request);
    const form = reader.formData();
    if (request.url.endsWith("/cancel")) await reader.cancel();
    outcome = [...await form].join(";");
  } catch (error) {
    outcome = error instanceof Error ? error.name : "not an error";
  }
  console.log(outcome);
  return new Response(outcome);
}

const hostname = "127.0.0.1";
const listening = (port: number): void =>
  console.log(`Listening on http://${hostname}:${port}/`);
const deno: Deno | undefined = Reflect.get(globalThis as object, "Deno");
const bun: Bun | undefined = Reflect.get(globalThis as object, "Bun");
deno?.serve(
  { port: 0, hostname, onListen: ({ port }) => listening(port) },
  handle,
);
if (bun) listening(bun.serve({ port: 0, hostname, fetch: handle }).port);
