import { byteRanges } from "@tributary/multipart";
import { problem } from "./problem.ts";
import type { Store } from "./store.ts";

/**
 * The types that a browser may show. Other files are downloaded, since an
 * uploaded page would run as one of this server's.
 */
const SHOWN_TYPES = new Map([
  ["avif", "image/avif"],
  ["gif", "image/gif"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["m4a", "audio/mp4"],
  ["mp3", "audio/mpeg"],
  ["mp4", "video/mp4"],
  ["ogg", "audio/ogg"],
  ["png", "image/png"],
  ["wav", "audio/wav"],
  ["webm", "video/webm"],
  ["webp", "image/webp"],
]);

/**
 * Matches the names that the server gives: an id, followed by anything but a
 * path.
 */
const STORED_NAME = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-[^/\\]+$/;

/**
 * Answers with a stored file or with the requested ranges: a video seeks, and a
 * download resumes. Anyone who knows the name can read the file.
 *
 * @param name The name that the server gave to the file when it was stored.
 */
export async function storedFile(
  request: Request,
  store: Store,
  name: string,
): Promise<Response> {
  const file = STORED_NAME.test(name) ? await store.open(name) : undefined;
  if (file === undefined) {
    return problem(404, "not-found", "No file of this name is stored");
  }
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const type = SHOWN_TYPES.get(ending);
  const response = byteRanges(request, file.read, {
    type: type ?? "application/octet-stream",
    size: file.size,
    // A name is never reused, and its file never changes.
    etag: `"${name.slice(0, 36)}"`,
  });
  if (type === undefined) {
    response.headers.set("content-disposition", "attachment");
  }
  return response;
}
