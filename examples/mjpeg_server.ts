/**
 * A live picture for any number of viewers: `node examples/mjpeg_server.ts`, then open
 * http://localhost:8000/ in several windows. `bun` runs it too, and so does
 * `deno run --allow-net --allow-env`. Other viewers can read the stream itself:
 * `ffplay -f mpjpeg http://localhost:8000/live`.
 */
import { FrameBroadcast } from "@tributary/multipart";
import { createServer } from "node:http";
import process from "node:process";
import { drawClock } from "./clock_frames.ts";
import { fetchListener } from "./fetch_listener.ts";

const FRAMES_A_SECOND = 25;

const PAGE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Live clock</title>
  <img src="/live" alt="A clock, live">
</html>
`;

// Chromium is one frame behind. If that matters, use `eager: true`.
const broadcast = new FrameBroadcast({ type: "image/jpeg" });

// A real camera would be a loop: `for await (const frame of camera) ...`.
setInterval(() => {
  if (broadcast.clients > 0) broadcast.publish(drawClock(new Date()));
}, 1000 / FRAMES_A_SECOND);

/** A handler as for Deno.serve, Bun.serve and Workers. */
function handle(request: Request): Response {
  if (request.method !== "GET") {
    return new Response(null, { status: 405, headers: { allow: "GET" } });
  }
  switch (new URL(request.url).pathname) {
    case "/":
      return new Response(PAGE, {
        headers: { "content-type": "text/html; charset=utf-8" },
      });
    case "/live":
      // Each viewer gets the frames that it has time for, and does not slow
      // others.
      return broadcast.subscribe({ signal: request.signal });
    default:
      return new Response("There is nothing here\n", { status: 404 });
  }
}

const { PORT = "8000", HOST = "localhost" } = process.env;
const server = createServer(
  fetchListener((request) => Promise.resolve(handle(request))),
);
server.listen(Number(PORT), HOST, () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : PORT;
  console.log(`Listening on http://${HOST}:${port}/`);
});
