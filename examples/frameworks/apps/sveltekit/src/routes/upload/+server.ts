// SvelteKit 3, on Node with adapter-node: `npx vite build`, then
// `BODY_SIZE_LIMIT=5100M PROTOCOL_HEADER=x-forwarded-proto node build`, then
// `curl -F title=River -F film=@river.mp4 -H 'Origin: http://localhost:3000'
// -H 'X-Forwarded-Proto: http' http://localhost:3000/upload`.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

export async function POST(
  { request }: { request: Request },
): Promise<Response> {
  const { headers, body: bytes, signal } = request;
  // adapter-node reads the rest of a body after the response, but closes the
  // connection if the body was cancelled.
  const body = bytes && {
    [Symbol.asyncIterator]: () => bytes.values({ preventCancel: true }),
  };
  try {
    return Response.json(await readForm({ headers, body }, shape));
  } catch (error) {
    if (error instanceof MultipartError) {
      return new Response(error.message, { status: error.status });
    }
    // SvelteKit logs and answers all other errors, such as 413 over
    // BODY_SIZE_LIMIT. Clients that hang up are not logged.
    if (!signal.aborted) throw error;
    return new Response(null, { status: 500 });
  }
}
