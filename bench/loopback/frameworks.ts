/** What the runtimes and the frameworks provide themselves. */
import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { loadPeer } from "../load_peer.ts";
import { newPath, saveBlob } from "./files.ts";
import {
  add,
  emptyFound,
  type Found,
  isBun,
  isNode,
  listenOnNode,
  listenOnWeb,
  serveFetch,
  type Task,
  taskOf,
} from "./server.ts";

/** Handles a form that was read whole. */
async function foundIn(
  entries: Iterable<[name: string, value: string | Blob]>,
  task: Task,
): Promise<Found> {
  const found = emptyFound();
  for (const [name, value] of entries) {
    add(found, name, value);
    if (task === "disk" && typeof value !== "string") {
      found.path = newPath();
      await saveBlob(found.path, value);
    }
  }
  return found;
}

/** Node's server has no `Request`, so this makes one of its message. */
function requestOf(message: IncomingMessage): Response {
  const stream = Readable.toWeb(message) as ReadableStream<Uint8Array>;
  const contentType = message.headers["content-type"] ?? "";
  return new Response(stream, { headers: { "content-type": contentType } });
}

interface FastifyPart {
  readonly fieldname: string;
  readonly value: string;
  /** Only files have one. */
  readonly file?: Readable;
}

interface FastifyRequest {
  readonly url: string;
  parts(): AsyncIterable<FastifyPart>;
}

interface Fastify {
  default(options: { bodyLimit: number; requestTimeout: number }): {
    register(plugin: unknown, options: unknown): unknown;
    post(
      path: string,
      handler: (request: FastifyRequest) => Promise<Found>,
    ): void;
    listen(options: { port: number; host: string }): Promise<string>;
  };
}

async function listenForFastify(): Promise<string> {
  const { default: fastify } = await loadPeer<Fastify>("fastify");
  const { default: multipart } = await loadPeer<{ default: unknown }>(
    "@fastify/multipart",
  );
  const server = fastify({
    bodyLimit: Number.MAX_SAFE_INTEGER,
    requestTimeout: 0,
  });
  server.register(multipart, { limits: { fileSize: Infinity } });
  server.post("/*", async (request) => {
    const found = emptyFound();
    const task = taskOf(request.url);
    for await (const { fieldname, file, value } of request.parts()) {
      if (!file) {
        add(found, fieldname, value);
        continue;
      }
      found.names.push(fieldname);
      if (task === "disk") {
        found.path = newPath();
        await pipeline(file, createWriteStream(found.path));
        continue;
      }
      let size = 0;
      for await (const chunk of file) size += chunk.length;
      found.sizes.push(size);
    }
    return found;
  });
  return await server.listen({ port: 0, host: "127.0.0.1" });
}

interface HonoContext {
  readonly req: {
    readonly path: string;
    parseBody(): Promise<Record<string, string | File>>;
  };
  json(found: Found): Response;
}

interface Hono {
  readonly Hono: new () => {
    post(
      path: string,
      handler: (context: HonoContext) => Promise<Response>,
    ): void;
    fetch(request: Request): Promise<Response>;
  };
}

interface HonoServer {
  serve(
    options: {
      fetch(request: Request): Promise<Response>;
      port: number;
      hostname: string;
    },
    onListen: (address: AddressInfo) => void,
  ): void;
}

async function listenForHono(): Promise<string> {
  const { Hono } = await loadPeer<Hono>("hono");
  const app = new Hono();
  app.post("/:task", async (context) => {
    const form = await context.req.parseBody();
    const task = taskOf(context.req.path);
    return context.json(await foundIn(Object.entries(form), task));
  });
  const fetch = (request: Request) => app.fetch(request);
  if (!isNode) return await serveFetch((request) => fetch(request));
  const { serve } = await loadPeer<HonoServer>("@hono/node-server");
  return await new Promise((resolve) => {
    serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      resolve(`http://127.0.0.1:${port}`);
    });
  });
}

interface ElysiaContext {
  readonly body: Record<string, string | File>;
  readonly path: string;
}

interface ElysiaApp {
  readonly server: { readonly port: number };
  post(path: string, handler: (context: ElysiaContext) => Promise<Found>): void;
  listen(
    options: { port: number; hostname: string; maxRequestBodySize: number },
  ): void;
}

async function listenForElysia(): Promise<string> {
  if (!isBun) throw new Error("its server is Bun's");
  const { Elysia } = await loadPeer<{ Elysia: new () => ElysiaApp }>("elysia");
  const app = new Elysia();
  app.post(
    "/:task",
    ({ body, path }) => foundIn(Object.entries(body), taskOf(path)),
  );
  app.listen({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  });
  return await Promise.resolve(`http://127.0.0.1:${app.server.port}`);
}

export const frameworkWays: Record<string, () => Promise<string>> = {
  "@fastify/multipart": listenForFastify,
  Hono: listenForHono,
  Elysia: listenForElysia,
  "native formData()": () =>
    isNode
      ? listenOnNode(async (message, task) =>
        foundIn(await requestOf(message).formData(), task)
      )
      : listenOnWeb(async (request, task) =>
        foundIn(await request.formData(), task)
      ),
};
