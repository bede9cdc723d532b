// The same with Hono: `bun examples/forms/hono.ts`, with PORT, and FOLDER for the
// files.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { Hono } from "hono";

const store = saveTo(process.env.FOLDER ?? "uploads");
const images = { types: ["image/*"], maxBytes: 5_000_000, store };
const shape = {
  title: field({ maxBytes: 200 }),
  avatar: file({ ...images, optional: true }),
  gallery: file({ ...images, multiple: { max: 8 }, optional: true }),
};
const app = new Hono();
app.post("/", async (c) => c.json(await readForm(c.req.raw, shape)));
app.onError((error, c) =>
  error instanceof MultipartError
    ? c.text(error.message, error.status)
    : c.text("The upload failed", 500)
);
// By default, Bun listens on all interfaces, and refuses more than 128 MiB.
const hostname = "127.0.0.1";
export default { fetch: app.fetch, hostname, maxRequestBodySize: 200_000_000 };
