import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { MultipartError, MultipartReader } from "@tributary/multipart";
import {
  createServer,
  type IncomingMessage,
  request as clientRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import { Readable } from "node:stream";
import { closeServer, listen } from "../driving/servers.ts";

type Handler = (request: IncomingMessage) => Promise<unknown>;

const contentType = "multipart/form-data; boundary=b";
const servers: Server[] = [];

/** Starts a server that answers with what `handler` returns for a request. */
async function serve(handler: Handler): Promise<string> {
  const server = createServer(async (request, response: ServerResponse) => {
    try {
      response.end(JSON.stringify(await handler(request)));
    } catch (error) {
      response.statusCode = error instanceof MultipartError
        ? error.status
        : 500;
      response.end(String(error));
    }
  });
  servers.push(server);
  return await listen(server);
}

async function post(url: string, body: BodyInit): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: body instanceof FormData ? {} : { "content-type": contentType },
  });
  return response.ok ? await response.json() : response.status;
}

function form(): FormData {
  const form = new FormData();
  form.append("a", "small");
  form.append("f", new Blob([new Uint8Array(200_000).fill(7)]), "f.bin");
  form.append("z", "end");
  return form;
}

describe("MultipartReader.from() of Node's IncomingMessage", () => {
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      await closeServer(server);
    }
  });

  // Node's chunks are Buffers, and `Buffer.slice` does not copy. A helper that
  // relied on a copy would return bytes of other parts.
  const helpers: Record<string, Parameters<typeof sizesOf>[1]> = {
    "bytes()": async (part) => (await part.bytes()).length,
    "arrayBuffer()": async (part) => (await part.arrayBuffer()).byteLength,
    "text()": async (part) => (await part.text()).length,
    "blob()": async (part) => (await part.blob()).size,
    "readChunk()": async (part) => (await part.readChunk(1e6))?.length ?? 0,
    "body": async (part) => {
      let length = 0;
      for await (const chunk of part.body) length += chunk.length;
      return length;
    },
    "a BYOB reader": async (part) => {
      const reader = part.stream({ type: "bytes" }).getReader({
        mode: "byob",
      });
      let length = 0;
      for (;;) {
        const { value, done } = await reader.read(new Uint8Array(1000));
        if (done) return length;
        length += value.length;
      }
    },
    "iteration": async (part) => {
      let length = 0;
      for await (const chunk of part) length += chunk.length;
      return length;
    },
  };

  async function sizesOf(
    request: IncomingMessage,
    sizeOf: (
      part: Awaited<ReturnType<MultipartReader["next"]>>["value"] & object,
    ) => Promise<number>,
  ): Promise<Record<string, number>> {
    const sizes: Record<string, number> = {};
    for await (const part of MultipartReader.from(request)) {
      sizes[part.name ?? ""] = await sizeOf(part);
    }
    return sizes;
  }

  for (const [name, sizeOf] of Object.entries(helpers)) {
    it(`reads a form by ${name}`, async () => {
      const url = await serve((request) => sizesOf(request, sizeOf));
      assertEquals(await post(url, form()), { a: 5, f: 200_000, z: 3 });
    });
  }

  it("gives bytes that are plain, and the caller's own", async () => {
    const url = await serve(async (request) => {
      for await (const part of MultipartReader.from(request)) {
        const bytes = await part.bytes();
        assertEquals(bytes.constructor, Uint8Array);
        assertEquals(bytes.buffer.byteLength, bytes.length);
        bytes.fill(0);
      }
      return "ok";
    });
    assertEquals(await post(url, form()), "ok");
  });

  it("lets the error be answered, and the connection be used again", async () => {
    const url = await serve(async (request) => {
      for await (const _part of MultipartReader.from(request));
    });
    const bad = `no delimiter ${"x".repeat(2_000_000)}`;
    assertEquals(await post(url, bad), 400);
    assertEquals(await post(url, bad), 400);
  });

  it("lets a loop that is left be answered", async () => {
    const url = await serve(async (request) => {
      for await (const part of MultipartReader.from(request)) return part.name;
    });
    assertEquals(await post(url, form()), "a");
  });

  it("throws a TypeError for a message that has been read", async () => {
    const url = await serve(async (request) => {
      for await (const _chunk of request);
      assertThrows(() => MultipartReader.from(request), TypeError);
      return "refused";
    });
    assertEquals(await post(url, form()), "refused");
  });

  /** A Node stream with headers that has received these chunks so far. */
  function streamOf(
    ...chunks: string[]
  ): Readable & { headers: Record<string, string> } {
    const stream = new Readable({ autoDestroy: false, read() {} });
    for (const chunk of chunks) stream.push(Buffer.from(chunk));
    return Object.assign(stream, { headers: { "content-type": contentType } });
  }

  const field = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n';

  it("rejects with an error that does not destroy the stream", async () => {
    const error = new Error("the disk is gone");
    for (const isLate of [false, true]) {
      const message = streamOf(field);
      const reader = MultipartReader.from(message);
      assertEquals((await reader.next()).value?.name, "a");
      const next = reader.next();
      if (isLate) await new Promise((resolve) => setImmediate(resolve));
      message.emit("error", error);
      assertStrictEquals(await assertRejects(() => next), error);
      assertStrictEquals(await assertRejects(() => reader.next()), error);
    }
  });

  const endings: Record<string, (reader: MultipartReader) => Promise<unknown>> =
    {
      "its end": async (reader) => {
        assertEquals((await reader.formData()).get("a"), "1");
      },
      "a loop that is left": async (reader) => {
        for await (const _part of reader) break;
      },
      "a fault": (reader) => assertRejects(() => reader.formData()),
      "a cancellation while it waits": async (reader) => {
        await reader.next();
        const next = reader.next();
        await reader.cancel();
        assert((await next).done);
      },
    };
  for (const [ending, read] of Object.entries(endings)) {
    it(`listens for nothing but errors after ${ending}`, async () => {
      const message = streamOf(field);
      if (ending === "its end") message.push(Buffer.from("--b--\r\n"));
      if (ending === "a fault") message.push(Buffer.from("--b\r\n\r\n"));
      if (ending !== "a cancellation while it waits") message.push(null);
      await read(MultipartReader.from(message));
      const left = message.eventNames().map((name) => String(name));
      assertEquals(left, ["error"]);
      // Without a listener, this would throw and end the process.
      message.emit("error", new Error("the rest cannot be read"));
    });
  }

  it("rejects with an error from before the first read", async () => {
    const error = new Error("the disk is gone");
    const message = streamOf();
    const reader = MultipartReader.from(message);
    message.emit("error", error);
    assertStrictEquals(await assertRejects(() => reader.next()), error);
  });

  it("survives a hang-up that cancels the reading", async () => {
    const { promise: failed, resolve } = Promise.withResolvers<unknown>();
    const reason = new Error("the client has gone");
    const server = createServer(async (request, response) => {
      const gone = new AbortController();
      response.once("close", () => gone.abort(reason));
      const { signal } = gone;
      try {
        const reader = MultipartReader.from(request, { signal });
        for await (const part of reader) await part.text();
      } catch (error) {
        // An error without a listener would be emitted before the next turn.
        setImmediate(resolve, error);
      }
    });
    servers.push(server);
    const url = await listen(server);
    const client = clientRequest(url, {
      method: "POST",
      headers: { "content-type": contentType },
    });
    client.on("error", () => {});
    client.write(`${field}--b\r\n`, () => client.destroy());
    assert(await failed instanceof Error);
  });

  it("rejects when the client hangs up in the middle of a part", async () => {
    const { promise: failed, resolve } = Promise.withResolvers<unknown>();
    const url = await serve(async (request) => {
      try {
        for await (const part of MultipartReader.from(request)) {
          await part.text();
        }
      } catch (error) {
        resolve(error);
        throw error;
      }
    });
    const client = clientRequest(url, {
      method: "POST",
      headers: { "content-type": contentType },
    });
    client.on("error", () => {});
    client.write(
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf of',
      () => client.destroy(),
    );
    const error = await failed;
    assert(error instanceof Error);
    assertEquals((error as NodeJS.ErrnoException).code, "ECONNRESET");
  });

  /** A response that stops within its first part, and never ends by itself. */
  async function openResponse(): Promise<IncomingMessage> {
    const server = createServer((_, response) => {
      response.setHeader("content-type", contentType);
      response.write(
        '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf of',
      );
    });
    servers.push(server);
    const url = await listen(server);
    const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
    clientRequest(url, resolve).on("error", () => {}).end();
    return await promise;
  }

  it("destroys a response that is left", async () => {
    const response = await openResponse();
    for await (const _part of MultipartReader.from(response)) break;
    assert(response.destroyed);
  });

  it("rejects when the caller destroys the message", async () => {
    const response = await openResponse();
    response.on("error", () => {});
    const { value: part } = await MultipartReader.from(response).next();
    const text = part?.text() ?? Promise.resolve();
    response.destroy();
    await assertRejects(() => text, Error, "closed before its end");
  });
});
