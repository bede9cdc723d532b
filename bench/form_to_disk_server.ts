/** A server for `form_to_disk.ts`: `form_to_disk_server.ts form|pipeline <folder>`. */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { file, readForm } from "../mod.ts";
import { saveTo } from "../storage/disk.ts";

const [, , way, folder = "."] = process.argv;
const shape = { f: file({ store: saveTo(folder) }) };

/** Saves a body, and returns the path. */
async function save(request: IncomingMessage): Promise<string> {
  if (way === "form") return (await readForm(request, shape)).f.path;
  const path = join(folder, crypto.randomUUID());
  // `flush` syncs the complete file, as `saveTo()` does.
  await pipeline(
    request,
    createWriteStream(path, { flush: true, mode: 0o600 }),
  );
  return path;
}

const server = createServer(async (request, response) => {
  try {
    await rm(await save(request));
    response.end("saved");
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
