/**
 * The program in docs/live_pictures.md, with viewers that leave in mid-stream.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { end, untilEnd, whenListening } from "../driving/children.ts";
import { inFolder } from "../driving/folders.ts";
import { root } from "../runtimes/names.ts";
import { startProgram } from "./running.ts";

const VIEWERS = 20;

/** Deno prints this once if a server uses a request's signal. */
const NOTICE = /^Deno[.]serve: request[.]signal aborts on successful responses/;

/**
 * The program of docs/live_pictures.md. It also prints when the last viewer has
 * been dropped.
 */
const RECIPE = `
import { FrameBroadcast } from "@tributary/multipart";

const broadcast = new FrameBroadcast({ type: "image/jpeg" });
let most = 0;

function handle(request: Request): Response {
  return broadcast.subscribe({ signal: request.signal });
}

setInterval(() => {
  most = Math.max(most, broadcast.clients);
  if (most === ${VIEWERS} && broadcast.clients === 0) {
    console.log("all left");
    most = 0;
  }
  broadcast.publish(new Uint8Array(10_000));
}, 5);

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(\`Listening on http://127.0.0.1:\${port}/\`),
}, handle);
`;

describe("viewers who leave the recipe's live picture on Deno", () => {
  it("are dropped, and nothing is printed", async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "recipe.ts");
      await writeFile(path, RECIPE);
      const server = startProgram([
        ...["deno", "run", "--no-prompt", "--no-check", "--allow-net"],
        ...[`--config=${join(root, "deno.json")}`, path],
      ]);
      const allLeft = new Promise<void>((resolve) =>
        server.stdout.on("data", (text) => {
          if (String(text).includes("all left")) resolve();
        })
      );
      const ended = untilEnd(server);
      const url = await whenListening(server);
      const leave = new AbortController();
      const viewers = await Promise.all(
        Array.from({ length: VIEWERS }, async () => {
          const { body } = await fetch(url, { signal: leave.signal });
          const reader = body?.getReader();
          await reader?.read();
          return reader;
        }),
      );
      assertEquals(viewers.length, VIEWERS);
      // Lets the frames begin, so that all hang up in the middle of them.
      await new Promise((resolve) => setTimeout(resolve, 100));
      leave.abort();
      await Promise.race([allLeft, ended]);
      await end(server);
      const { stderr } = await ended;
      assertEquals(stderr.split("\n").filter((line) => !NOTICE.test(line)), [
        "",
      ]);
    });
  });
});
