/** The proxy on each of its runtimes, between real servers and clients. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import process from "node:process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { curl as curlCommand, pathOf } from "../driving/commands.ts";
import { curl, curlBody } from "../driving/curl.ts";
import { closeServer, listen, withServer } from "../driving/servers.ts";
import { shared } from "../driving/shared.ts";
import { execute } from "../runtimes/processes.ts";
import {
  type ExampleRuntime,
  onEachRuntime,
  type RunningProcess,
  startExample,
} from "./running.ts";

const MiB = 1024 * 1024;

type Listener = (
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

/** The server behind the proxies. Each test sets its listener. */
let listener: Listener;
const upstream = createServer((request, response) => {
  listener(request, response).catch((error: unknown) => {
    response.writeHead(500).end(String(error));
  });
});
const upstreamUrl = shared(
  () => listen(upstream),
  () => closeServer(upstream),
);

/** A URL on which nothing listens any more. */
const nobodyUrl = () => withServer(() => {}, (url) => Promise.resolve(url));

const runtimes = onEachRuntime(
  "examples/proxy.ts",
  "--allow-net",
  "--allow-env",
);
/** Responds with the parts that arrived: names, sizes and hashes. */
async function describeParts(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: unknown[] = [];
  for await (const part of MultipartReader.from(request)) {
    const { name, filename, mediaType } = part;
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of part) {
      hash.update(chunk);
      size += chunk.length;
    }
    parts.push({ name, filename, mediaType, size, sha256: hash.digest("hex") });
  }
  response.end(JSON.stringify(parts));
}

/** Breaks the connection after the first bytes. */
async function hangUp(request: IncomingMessage): Promise<void> {
  const { socket } = request;
  await once(request, "data");
  socket.destroy();
}

const sha256 = (bytes: Uint8Array) =>
  createHash("sha256").update(bytes).digest("hex");

/** The field that the proxy adds. */
const via = {
  name: "via",
  mediaType: "text/plain",
  size: 5,
  sha256: sha256(Buffer.from("proxy")),
};

/** A client that the test controls, with a connection of its own. */
class Client {
  // Without its own agent, it would send `Connection: close`.
  readonly #agent = new Agent({ keepAlive: true });
  readonly request: ClientRequest;
  readonly answer: Promise<{ status: number | undefined; body: string }>;
  /** The number of bytes that the operating system has accepted. */
  get accepted(): number {
    return (this.request.socket?.bytesWritten ?? 0) -
      (this.request.socket?.writableLength ?? 0);
  }

  constructor(url: string) {
    this.request = request(url, {
      method: "POST",
      agent: this.#agent,
      headers: { "content-type": "multipart/form-data; boundary=b" },
    });
    this.answer = once(this.request, "response").then(
      async ([response]) => ({
        status: response.statusCode,
        body: await text(response),
      }),
    );
    this.answer.catch(() => {});
    this.request.on("error", () => {});
  }

  /** Sends the head of a file's part. */
  startFile(): void {
    this.request.write(
      '--b\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n',
    );
  }

  /** Sends blocks as fast as they are accepted, until the connection ends. */
  async send(size: number): Promise<void> {
    const block = new Uint8Array(64 * 1024);
    for (let sent = 0; sent < size && !this.request.destroyed;) {
      sent += block.length;
      if (this.request.write(block)) continue;
      const stop = new AbortController();
      await Promise.race(
        ["drain", "close", "response"].map((event) =>
          once(this.request, event, stop)
        ),
      ).catch(() => {}).finally(() => stop.abort());
    }
  }

  close(): void {
    this.request.destroy();
    this.#agent.destroy();
  }

  end(): void {
    this.request.end("\r\n--b--\r\n");
  }
}

/** Waits until no more of a client's bytes are accepted. */
async function standsStill(client: Client): Promise<number> {
  let before = -1;
  while (client.accepted !== before || before === 0) {
    before = client.accepted;
    await sleep(300);
  }
  return before;
}

function testProxy({ name, command }: ExampleRuntime): void {
  const start = (url: string) => startExample([...command, url]);
  const close = (proxy: RunningProcess) => proxy.close();
  const sharedProxy = shared(async () => start(await upstreamUrl()), close);
  const sharedLost = shared(async () => start(await nobodyUrl()), close);

  describe(`the proxy on ${name}`, () => {
    let proxy: RunningProcess;
    let client: Client | undefined;

    beforeEach(async () => {
      proxy = await sharedProxy();
    });

    function connect(): Client {
      return client = new Client(proxy.url);
    }

    afterEach(() => {
      client?.close();
      client = undefined;
      assert(proxy.isAlive());
    });

    it("sends a form on, without one part and with another", async () => {
      listener = describeParts;
      const answer = await curl(
        "--form",
        "note=Grüße",
        "--form",
        "internal=secret",
        "--form",
        "file=@package.json;type=application/json;filename=ä b.json",
        proxy.url,
      );
      assertEquals(answer.status, 200, answer.body);
      const [note, file, ...rest] = JSON.parse(answer.body);
      assertEquals(note.name, "note");
      assertEquals(note.sha256, sha256(Buffer.from("Grüße")));
      assertEquals(file.filename, "ä b.json");
      assertEquals(file.mediaType, "application/json");
      assertEquals(rest, [via]);
    });

    it("sends any bytes on, byte for byte", async () => {
      listener = describeParts;
      const bytes = randomBytes(5 * MiB + 3);
      const body = Buffer.concat([
        Buffer.from('--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n'),
        bytes,
        Buffer.from("\r\n--b--\r\n"),
      ]);
      const type = "multipart/form-data; boundary=b";
      const answer = await curlBody(proxy.url, type, body);
      const [file] = JSON.parse(answer.body);
      assertEquals(file.size, bytes.length);
      assertEquals(file.sha256, sha256(bytes));
    });

    it("sends a part on before the next has come", async () => {
      const client = connect();
      const { promise: seen, resolve } = Promise.withResolvers<string>();
      listener = async (request, response) => {
        const reader = MultipartReader.from(request);
        const { value: first } = await reader.next();
        const start = await first?.readChunk(5);
        resolve(new TextDecoder().decode(start ?? undefined));
        for await (const _part of reader);
        response.end();
      };
      client.request.write(
        '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nfirst\r\n--b\r\n',
      );
      assertEquals(await seen, "first");
      client.request.end(
        'Content-Disposition: form-data; name="b"\r\n\r\nsecond\r\n--b--\r\n',
      );
      assertEquals((await client.answer).status, 200);
    });

    it("makes the client wait for a slow server", async () => {
      const { promise: released, resolve: release } = Promise.withResolvers<
        void
      >();
      listener = async (request, response) => {
        await released;
        await describeParts(request, response);
      };
      const client = connect();
      client.startFile();
      const sent = client.send(256 * MiB);
      // Each of the two connections has buffers, which Linux tunes: usually up
      // to about 8 MiB, and at most 36 MiB each.
      const accepted = await standsStill(client);
      assert(accepted < 96 * MiB, `${accepted} bytes were taken`);
      release();
      await sent;
      client.end();
      const { status, body } = await client.answer;
      assertEquals(status, 200);
      assertEquals(JSON.parse(body)[0].size, 256 * MiB);
    });

    it("gives a refusal back at once, and sends no more", async () => {
      const { promise: ended, resolve } = Promise.withResolvers<boolean>();
      listener = (request, response) => {
        request.socket.once("close", () => resolve(request.complete));
        response.writeHead(413, { "content-type": "text/x-reason" });
        response.end("too large");
        return Promise.resolve();
      };
      const client = connect();
      client.startFile();
      const sent = client.send(1024 * MiB);
      assertEquals(await client.answer, { status: 413, body: "too large" });
      client.request.destroy();
      await sent;
      assert(!await ended);
    });

    it("answers 502 if the server hangs up in the middle", async () => {
      listener = hangUp;
      const client = connect();
      client.startFile();
      const sent = client.send(64 * MiB);
      assertEquals((await client.answer).status, 502);
      client.request.destroy();
      await sent;
    });

    it("answers 502 if the server hangs up while the client pauses", async () => {
      listener = hangUp;
      const client = connect();
      client.startFile();
      client.request.write("some, and then nothing");
      assertEquals((await client.answer).status, 502);
    });

    it("answers 502 if no server is there", async () => {
      const { status } = await curl("--form", "a=b", (await sharedLost()).url);
      assertEquals(status, 502);
    });

    it("aborts what it sends if the client hangs up", async () => {
      const { promise: started, resolve: start } = Promise.withResolvers<
        void
      >();
      const { promise: failed, resolve: fail } = Promise.withResolvers<
        unknown
      >();
      listener = (request) => {
        request.once("error", fail).once("data", () => start());
        return Promise.resolve();
      };
      const client = connect();
      client.startFile();
      client.request.write("x".repeat(100_000));
      await started;
      client.request.destroy();
      const error = await failed;
      assert(error instanceof Error);
      assertMatch(error.message, /aborted/);
    });

    it("aborts what it sends even if the server does not read", async () => {
      const { promise: started, resolve: start } = Promise.withResolvers<
        IncomingMessage
      >();
      listener = (request) => {
        start(request);
        return Promise.resolve();
      };
      const client = connect();
      client.startFile();
      const sent = client.send(96 * MiB);
      const request = await started;
      request.on("error", () => {});
      const { promise: closed, resolve: close } = Promise.withResolvers<void>();
      request.socket.once("close", () => close());
      await standsStill(client);
      client.request.destroy();
      await sent;
      request.resume(); // A connection closes only after its buffered data was read.
      await closed;
      assert(!request.complete);
    });

    it("answers 400 to a broken form, and aborts what it has sent", async () => {
      const { promise: failed, resolve } = Promise.withResolvers<unknown>();
      listener = async (request, response) => {
        await describeParts(request, response).catch(resolve);
      };
      const client = connect();
      client.startFile();
      await client.send(MiB);
      client.request.end("\r\n--bx\r\n");
      const { status, body } = await client.answer;
      assertEquals(status, 400);
      assertMatch(body, /^Cannot read a delimiter/);
      assert(await failed instanceof Error);
    });

    it("answers 400 to a form that ends too early", async () => {
      listener = describeParts;
      const client = connect();
      client.startFile();
      client.request.end("half");
      assertEquals((await client.answer).status, 400);
    });

    it("answers 415 to what is not a form", async () => {
      listener = describeParts;
      const type = "application/json";
      const answer = await curlBody(proxy.url, type, Buffer.from("{}"));
      assertEquals(answer.status, 415);
    });
  });
}

for (const runtime of runtimes) testProxy(runtime);

describe("bench/proxy_memory.mjs", () => {
  it("finds a file whole at the far end, and the proxy small", async () => {
    pathOf(curlCommand); // The script sends with curl.
    const { exitCode, output } = await execute(process.execPath, [
      "bench/proxy_memory.mjs",
      "--size=160",
    ]);
    assertEquals(exitCode, 0, output);
    const rows = output.matchAll(/^(\w+) +160 MiB .* right$/gm);
    assertEquals([...rows].map(([, name]) => name), ["deno", "bun", "node"]);
    assertMatch(output, /^At most 64 MiB more than idle: yes$/m);
  });
});
