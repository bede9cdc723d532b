import { serve as serveNode, type ServerType } from "@hono/node-server";
import { MultipartReader } from "@tributary/multipart";
import { Hono } from "hono";
import { once } from "node:events";
import { urlOf } from "../../driving/servers.ts";
import { decodesPercent } from "../harness/differences.ts";
import { FORM_OPTIONS, hosted } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import { installedVersion } from "../harness/npm.ts";
import { sha256 } from "../harness/parts.ts";
import type { Message, ToldPart } from "../harness/peer.ts";
import { tell } from "../harness/reading.ts";

const app = new Hono();
app.onError((_error, c) => c.text("Server Error", 500));

app.post(
  "/reader",
  async (c) =>
    c.json(await tell(MultipartReader.from(c.req.raw, FORM_OPTIONS))),
);

app.post("/parse", async (c) => {
  const told: ToldPart[] = [];
  const body = await c.req.parseBody({ all: true });
  for (const [name, values] of Object.entries(body)) {
    for (const value of [values].flat()) {
      const isFile = typeof value !== "string";
      const bytes = isFile
        ? new Uint8Array(await value.arrayBuffer())
        : new TextEncoder().encode(value);
      told.push({
        name,
        filename: isFile ? value.name : undefined,
        type: isFile ? value.type : undefined,
        length: bytes.length,
        sha256: sha256(bytes),
      });
    }
  }
  return c.json(told);
});

let server: ServerType | undefined;

async function serve(path: string): Promise<string> {
  if (server === undefined) {
    server = serveNode({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    if (!server.listening) await once(server, "listening");
  }
  return new URL(path, urlOf(server)).href;
}

async function read({ requestInit }: Message): Promise<ToldPart[]> {
  const response = await fetch(await serve("/parse"), requestInit());
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}

interop({
  name: "@hono/node-server",
  hint: "Run npm install.",
  version: () => installedVersion("@hono/node-server"),
  reads: [{
    by: "parseBody()",
    kinds: ["form-data"],
    tells: ["file type", "empty filename"],
    read,
    // `parseBody()` calls the runtime's formData().
    differs: {
      "quotes in names": decodesPercent,
      "line breaks in names": decodesPercent,
      "the boundary in the middle of lines": { refuses: /Server Error/ },
    },
  }],
  writes: hosted(() => serve("/reader")),
  stop() {
    server?.close();
    return Promise.resolve();
  },
});
