/** Fetch-style handlers on Node's `http` and `http2`. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { type IncomingMessage, request, type RequestOptions } from "node:http";
import {
  connect,
  createServer as createHttp2Server,
  type Http2Server,
} from "node:http2";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { FrameBroadcast, MultipartReader } from "@tributary/multipart";
import { fetchListener } from "../../examples/fetch_listener.ts";
import { withServer } from "../driving/servers.ts";

describe("fetchListener()", () => {
  it("releases a body whose client has stalled", async () => {
    const listener = fetchListener(async ({ body }) => {
      const reader = body?.getReader();
      const first = await reader?.read();
      const second = reader?.read(); // The client sends nothing for this read.
      await nextTurn(); // Now the reader is waiting for the socket.
      await reader?.cancel();
      const answer = [first?.value?.length, (await second)?.done];
      return Response.json(answer, { status: 413 });
    });
    await withServer(listener, async (url) => {
      const client = request(url, { method: "POST" });
      client.on("error", () => {}); // The test hangs up.
      const responded = once(client, "response");
      client.write("half");
      const [response] = await responded;
      assertEquals(response.statusCode, 413);
      assertEquals(await text(response), "[4,true]");
      client.destroy();
    });
  });

  it("answers HEAD to a live picture, which then has no viewer", async () => {
    const broadcast = new FrameBroadcast({ boundary: "b" });
    const listener = fetchListener(({ signal }) =>
      Promise.resolve(broadcast.subscribe({ signal }))
    );
    await withServer(listener, async (url) => {
      const response = await ask(url, { method: "HEAD" });
      assertEquals(response.statusCode, 200);
      assertEquals(
        response.headers["content-type"],
        "multipart/x-mixed-replace; boundary=b",
      );
      assertEquals(await text(response), "");
      assertEquals(broadcast.clients, 0);
    });
  });

  const targets: [target: string, host: string, url: string | undefined][] = [
    ["/a?b=1", "example.com", "http://localhost/a?b=1"],
    ["/a", "evil.example/x?", "http://localhost/a"],
    ["/a", "user:pass@evil.example", "http://localhost/a"],
    ["/a", "a b", "http://localhost/a"],
    ["//evil.example/a", "example.com", "http://localhost//evil.example/a"],
    ["/@evil.example/", "example.com", "http://localhost/@evil.example/"],
    ["http://evil.example/a?b", "evil.example", "http://localhost/a?b"],
    ["*", "example.com", undefined],
  ];
  for (const [target, host, expected] of targets) {
    it(`takes the URL from the path alone: ${target} of ${host}`, async () => {
      const urls: string[] = [];
      const listener = fetchListener(({ url }) => {
        urls.push(url);
        return Promise.resolve(new Response(url));
      });
      await withServer(listener, async (base) => {
        const response = await ask(base, {
          path: target,
          method: target === "*" ? "OPTIONS" : "GET",
          headers: { host },
        });
        await text(response);
        assertEquals(response.statusCode, expected === undefined ? 400 : 200);
        assertEquals(urls, expected === undefined ? [] : [expected]);
      });
    });
  }

  it("keeps cookies apart", async () => {
    const headers = new Headers({ "x-a": "1" });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    const listener = fetchListener(() =>
      Promise.resolve(new Response("ok", { headers }))
    );
    await withServer(listener, async (url) => {
      const response = await ask(url, {});
      assertEquals(await text(response), "ok");
      assertEquals(response.headers["set-cookie"], ["a=1", "b=2"]);
      assertEquals(response.headers["x-a"], "1");
    });
  });

  it("serves HTTP/2: a form, and HEAD to a live picture", async () => {
    const broadcast = new FrameBroadcast();
    const listener = fetchListener(async (incoming) => {
      if (incoming.method === "HEAD") return broadcast.subscribe();
      const names: (string | undefined)[] = [new URL(incoming.url).pathname];
      for await (const part of MultipartReader.from(incoming)) {
        names.push(part.name);
      }
      return Response.json(names);
    });
    // HTTP/2's compatibility API has everything that the listener uses.
    const server: Http2Server = createHttp2Server();
    server.on("request", listener);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error();
    const client = connect(`http://127.0.0.1:${address.port}`);
    try {
      const form = client.request({
        ":method": "POST",
        ":path": "/upload",
        "content-type": "multipart/form-data; boundary=b",
      });
      form.end(
        '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
      );
      const [fields] = await once(form, "response");
      assertEquals(fields[":status"], 200);
      assertEquals(await text(form), '["/upload","a"]');

      const head = client.request({ ":method": "HEAD", ":path": "/live" });
      const [live] = await once(head, "response");
      assertEquals(live[":status"], 200);
      assertEquals(await text(head), "");
      assertEquals(broadcast.clients, 0);
    } finally {
      client.destroy();
      server.close();
    }
  });
});

async function ask(
  url: string,
  options: RequestOptions,
): Promise<IncomingMessage> {
  const client = request(url, options).end();
  const [response] = await once(client, "response");
  return response;
}
