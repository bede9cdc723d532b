// Next.js 16, a route handler on Node: `npx next build`, then `npx next start`, then
// `curl -F title=River -F film=@river.mp4 http://localhost:3000/upload`.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

export async function POST(request: Request): Promise<Response> {
  const { headers, body: bytes, signal } = request;
  // Locks the body without cancelling it, so that the rest of a refused request
  // can be read below.
  const body = bytes && {
    [Symbol.asyncIterator]: () => bytes.values({ preventCancel: true }),
  };
  try {
    return Response.json(await readForm({ headers, body }, shape));
  } catch (error) {
    // If the rest were not read, the server would close the connection, and the
    // response would be lost.
    await bytes?.pipeTo(new WritableStream(), {
      signal: AbortSignal.timeout(30_000),
    }).catch(() => {});
    const isRefused = error instanceof MultipartError;
    // Clients that hang up are not logged.
    if (!isRefused && !signal.aborted) console.error(error);
    const text = isRefused ? error.message : "The upload failed";
    return new Response(text, { status: isRefused ? error.status : 500 });
  }
}
