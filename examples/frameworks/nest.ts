// NestJS 12, on Node, over Express or, with `fastify` as an argument, over
// Fastify: built as Nest builds, with `experimentalDecorators`. Then
// `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import "reflect-metadata";
import type { IncomingMessage, ServerResponse } from "node:http";
import process from "node:process";
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  HttpCode,
  Module,
  Post,
  Req,
  UseFilters,
} from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import {
  FastifyAdapter,
  type NestFastifyApplication,
} from "@nestjs/platform-fastify";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

/** Express passes Node's request and response. Fastify has them as `raw`. */
function rawOf<T extends object>(value: T | { raw: T }): T {
  return "raw" in value ? value.raw : value;
}

@Catch()
class UploadErrors implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = rawOf<ServerResponse>(http.getResponse());
    const isRefused = error instanceof MultipartError;
    // The response is destroyed if the client has hung up.
    if (!isRefused && !response.destroyed) console.error(error);
    response.statusCode = isRefused ? error.status : 500;
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.end(isRefused ? error.message : "The upload failed");
  }
}

@Controller()
@UseFilters(UploadErrors)
class Uploads {
  @Post()
  @HttpCode(200)
  async save(@Req() request: IncomingMessage | { raw: IncomingMessage }) {
    return { ...await readForm(rawOf(request), shape) };
  }
}

@Module({ controllers: [Uploads] })
class App {}

// Nest's own parsers handle JSON and text. The handler reads multipart.
const options = { logger: ["error"] as const, bodyParser: false };
const isFastify = process.argv[2] === "fastify";
const adapter = isFastify ? new FastifyAdapter() : new ExpressAdapter();
const app = await NestFactory.create<NestFastifyApplication>(App, adapter, {
  ...options,
  logger: [...options.logger],
});
if (isFastify) {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser("*", (_request, _body, done) => done(null));
}
const server = app.getHttpServer();
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
await app.listen(Number(process.env["PORT"] ?? 8000), "127.0.0.1");
console.log(`Listening on ${await app.getUrl()}/`);
