// Express 5, on Node: `node examples/frameworks/express.ts`, then
// `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import type { Server } from "node:http";
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import express, { type ErrorRequestHandler } from "express";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
  const isRefused = error instanceof MultipartError;
  // The response is destroyed if the client has hung up.
  if (!isRefused && !response.destroyed) console.error(error);
  response.status(isRefused ? error.status : 500).type("text");
  response.send(isRefused ? error.message : "The upload failed");
};

const app = express();
// No body parser comes before this, as express.raw() or multer.
app.post("/", async (request, response) => {
  response.json(await readForm(request, shape));
});
app.use(answerError);

const port = Number(process.env["PORT"] ?? 8000);
const server: Server = app.listen(port, "127.0.0.1", (error) => {
  if (error) throw error;
  const address = server.address();
  const bound = typeof address === "object" ? address?.port : undefined;
  console.log(`Listening on http://127.0.0.1:${bound}/`);
});
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
