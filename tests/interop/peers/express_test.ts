import { MultipartReader } from "@tributary/multipart";
import express from "express";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { closeServer, listen, urlOf } from "../../driving/servers.ts";
import { tellByBusboy } from "../harness/busboy.ts";
import { changes } from "../harness/differences.ts";
import { FORM_OPTIONS, hosted } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import { installedVersion } from "../harness/npm.ts";
import type { Message, ToldPart } from "../harness/peer.ts";
import { tell } from "../harness/reading.ts";

let server: Server | undefined;

async function serve(): Promise<string> {
  if (server === undefined) {
    const app = express();
    // Most applications register these body parsers first.
    app.use(express.json(), express.urlencoded());
    app.post(
      "/",
      async (
        request: IncomingMessage,
        response: { json(value: unknown): void },
      ) => {
        response.json(await tell(MultipartReader.from(request, FORM_OPTIONS)));
      },
    );
    app.post(
      "/busboy",
      async (
        request: IncomingMessage,
        response: { json(value: unknown): void },
      ) => {
        const { "content-type": contentType = "" } = request.headers;
        response.json(await tellByBusboy(contentType, request));
      },
    );
    server = createServer(app);
    await listen(server);
  }
  return urlOf(server);
}

async function read({ requestInit }: Message): Promise<ToldPart[]> {
  const response = await fetch(`${await serve()}busboy`, requestInit());
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}

interop({
  name: "express",
  hint: "Run npm install.",
  version: () => installedVersion("express"),
  // Express itself has no multipart parser: multer and others use busboy.
  reads: [{
    by: "busboy",
    kinds: ["form-data"],
    tells: ["type", "order"],
    read,
    differs: {
      "an empty name": changes((part) => ({
        ...part,
        name: part.name || undefined,
      })),
    },
  }],
  writes: hosted(serve),
  async stop() {
    if (server) await closeServer(server);
  },
});
