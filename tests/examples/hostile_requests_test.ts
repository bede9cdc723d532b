/**
 * The responses of the examples' servers to requests that they cannot accept.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { root } from "../runtimes/names.ts";
import { assertRefuses, assertTellsNothing, send } from "./hostile_requests.ts";
import { programs } from "./programs.ts";

for (const { path, runs, accepts, route, method, headers } of programs) {
  for (const [name, run] of Object.entries(runs)) {
    describe(`examples/${path} on ${name}`, () => {
      it("refuses hostile requests, and tells nothing of itself", async () => {
        await run(async ({ url, stored }) => {
          const target = { url: `${url}${route}`, method, headers };
          if (accepts.length > 0) await assertRefuses(target, accepts);
          for (const method of ["GET", "POST", "PUT", "DELETE", "PROPFIND"]) {
            const other = { ...target, method, url: `${url}no/such/place.ts` };
            const answer = await send(other);
            assert(answer.status >= 200 && answer.status < 500, method);
            assertTellsNothing(answer, method);
          }
          assertEquals(await stored(), []);
          await assertIsLocal(url);
        });
      });
    });
  }
}

/**
 * A server that listens on all interfaces can be reached at any loopback
 * address.
 */
async function assertIsLocal(url: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), "127.0.0.2");
  const refused = new Promise((resolve) => {
    socket.once("error", () => resolve(true));
    socket.once("connect", () => resolve(false));
  });
  assertEquals(await refused, true, "It listens on all interfaces");
  socket.destroy();
}

describe("the examples' servers", () => {
  it("are all tried", () => {
    const servers = globSync("examples/**/*.ts", {
      cwd: root,
      // frameworks_test.ts tests these.
      exclude: ["examples/frameworks/**"],
    })
      .filter((file) =>
        /^export default \{|(?:createServer|\.serve)\(/m.test(
          readFileSync(`${root}/${file}`, "utf8"),
        )
      ).map((file) => file.replaceAll("\\", "/").slice("examples/".length));
    const tried = (file: string) =>
      programs.some(({ path }) => file === path || file.startsWith(`${path}/`));
    // The first reads no body, and its own tests have a camera. The others have
    // tests of their own too.
    const apart = [
      "camera_fanout/worker.ts",
      "dicomweb.ts",
      "forms/deno.ts",
      "forms/hono.ts",
      "resumable/server.ts",
      "stores/s3.ts",
    ];
    assertEquals(servers.filter((file) => !tried(file)).sort(), apart);
  });

  it("are told to listen on loopback", () => {
    const exclude = ["**/node_modules/**"];
    for (const file of globSync("examples/**/*.ts", { cwd: root, exclude })) {
      const text = readFileSync(`${root}/${file}`, "utf8");
      for (const [command] of text.matchAll(/`deno serve [^`]+`/g)) {
        assert(command.includes(" --host=127.0.0.1 "), `${file}: ${command}`);
      }
      for (const [exported] of text.matchAll(/^export default \{[^]*?^\};/gm)) {
        if (file.endsWith("worker.ts") || !/\bbun\b/.test(text)) continue;
        assert(exported.includes('hostname: "127.0.0.1"'), file);
      }
    }
  });
});
