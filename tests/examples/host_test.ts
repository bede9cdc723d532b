/**
 * A Host header that contains a path, for each server that routes by the path.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { send } from "./hostile_requests.ts";
import { programs } from "./programs.ts";

const HOSTS = [
  ...["localhost/raw?", "localhost/raw#", "localhost/progress?", "a@b", "a b"],
  ...["", "localhost?", "[::1"],
];

const upload = programs.find(({ path }) => path === "upload");

for (const [name, run] of Object.entries(upload?.runs ?? {})) {
  if (name === "Worker") continue; // Miniflare itself fails for most of them.
  describe(`examples/upload on ${name}`, () => {
    it("takes no path from Host", async () => {
      await run(async ({ url }) => {
        const nowhere = { url: `${url}nowhere`, method: "GET" };
        assertEquals((await send(nowhere)).status, 404);
        for (const host of HOSTS) {
          const { status } = await send({ ...nowhere, headers: { host } });
          assertMatch(String(status), /^40[04]$/, host);
        }
      });
    });
  });
}
