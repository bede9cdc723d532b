/** Fetch-style handlers on Node's `http`, before clients that stall. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fetchListener } from "../../examples/fetch_listener.ts";
import { withServer } from "../driving/servers.ts";

describe("fetchListener()", () => {
  it("lets go of a body whose client has stalled", async () => {
    const listener = fetchListener(async ({ body }) => {
      const reader = body?.getReader();
      const first = await reader?.read();
      const second = reader?.read(); // For which the client sends nothing.
      await nextTurn(); // Now it is the socket that is waited for.
      await reader?.cancel();
      const answer = [first?.value?.length, (await second)?.done];
      return Response.json(answer, { status: 413 });
    });
    await withServer(listener, async (url) => {
      const client = request(url, { method: "POST" });
      client.on("error", () => {}); // It hangs up itself.
      const responded = once(client, "response");
      client.write("half");
      const [response] = await responded;
      assertEquals(response.statusCode, 413);
      assertEquals(await text(response), "[4,true]");
      client.destroy();
    });
  });
});
