import { assert, assertEquals, assertRejects } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { MultipartError, MultipartReader } from "@tributary/multipart";
import {
  createServer,
  get,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { closeServer, listen } from "../driving/servers.ts";

const servers: Server[] = [];

interface Camera {
  response: IncomingMessage;
  /** Resolves when the camera's connection is closed. */
  closed: Promise<void>;
}

/**
 * Requests a camera stream that sends frame by frame, and stops after `frames`
 * without closing.
 */
async function watch(frames = Infinity): Promise<Camera> {
  let close = (): void => {};
  const closed = new Promise<void>((resolve) => close = resolve);
  const server = createServer((_request, response: ServerResponse) => {
    response.setHeader(
      "content-type",
      "multipart/x-mixed-replace; boundary=b",
    );
    let sent = 0;
    const timer = setInterval(() => {
      if (sent++ >= frames) return;
      response.write(`--b\r\nContent-Length: 5\r\n\r\nframe\r\n`);
    }, 5);
    response.once("close", () => {
      clearInterval(timer);
      close();
    });
  });
  servers.push(server);
  const url = await listen(server);
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(url, resolve).once("error", reject)
  );
  return { response, closed };
}

describe("MultipartReader.from() of a response to Node's client", () => {
  afterEach(async () => {
    for (const server of servers.splice(0)) await closeServer(server);
  });

  const endings: Record<
    string,
    (reader: MultipartReader, controller: AbortController) => Promise<unknown>
  > = {
    "a break": async (reader) => {
      for await (const part of reader) {
        assertEquals(await part.text(), "frame");
        break;
      }
    },
    "a throw": (reader) =>
      assertRejects(async () => {
        for await (const _ of reader) throw new Error("mine");
      }),
    "cancel()": async (reader) => {
      await reader.next();
      await reader.cancel();
    },
    "an abort": async (reader, controller) => {
      await reader.next();
      controller.abort();
    },
    "a limit": (reader) =>
      assertRejects(async () => {
        for await (const part of reader) await part.bytes({ maxBytes: 1 });
      }, MultipartError),
  };

  for (const [name, end] of Object.entries(endings)) {
    it(`${name} destroys it, so that the camera stops`, async () => {
      const { response, closed } = await watch();
      const controller = new AbortController();
      const { signal } = controller;
      await end(MultipartReader.from(response, { signal }), controller);
      await closed;
      assert(response.destroyed);
    });
  }

  it("cancel() destroys it while a frame is awaited", async () => {
    const { response, closed } = await watch(1);
    const reader = MultipartReader.from(response);
    await reader.next();
    const next = reader.next();
    await reader.cancel();
    assertEquals(await next, { done: true, value: undefined });
    await closed;
    assert(response.destroyed);
  });
});
