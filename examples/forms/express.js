// Replaces multer's `upload.fields([{ name: "avatar", maxCount: 1 },
// { name: "gallery", maxCount: 8 }])`: `node examples/forms/express.js [folder]`.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import express from "express";

const store = saveTo(process.argv[2] ?? "uploads");
const images = { types: ["image/*"], maxBytes: 5_000_000, store };
const shape = {
  title: field({ maxBytes: 200 }),
  avatar: file({ ...images, optional: true }),
  gallery: file({ ...images, multiple: { max: 8 }, optional: true }),
};
const server = express().post("/", async (request, response) => {
  response.json({ ...await readForm(request, shape) });
}).use((error, _request, response, _next) => {
  const isTheirs = error instanceof MultipartError;
  response.status(isTheirs ? error.status : 500).type("text");
  response.send(isTheirs ? error.message : "The upload failed");
}).listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}/`);
});
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
