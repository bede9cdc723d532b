/** Small forms on servers: complete, truncated, and cancelled. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { end, whenListening } from "../driving/children.ts";
import { root } from "../runtimes/names.ts";
import { installed } from "../runtimes/processes.ts";

const form = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--";

const runtimes: Record<string, { args: string[]; lostConnection: string }> = {
  deno: {
    args: ["run", "--quiet", "--allow-net", "--no-check"],
    lostConnection: "BadResource",
  },
  bun: { args: [], lostConnection: "AbortError" },
};

/** Sends a request whose Content-Length is that of the whole form. */
function send(url: string, body: string): Socket {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write(
    `POST ${pathname} HTTP/1.1\r\nHost: localhost\r\n` +
      "Content-Type: multipart/form-data; boundary=b\r\n" +
      `Content-Length: ${form.length}\r\n\r\n${body}`,
  );
  return socket;
}

describe("a small form on a server", () => {
  for (const [name, runtime] of Object.entries(runtimes)) {
    const { args, lostConnection } = runtime;
    it(`is read, or an error, or left: ${name}`, async () => {
      const command = installed(name);
      assert(command !== undefined, `${name} is not installed`);
      const server = spawn(command, [
        ...args,
        "tests/servers/small_message_server.ts",
      ], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
      try {
        const lines = createInterface(server.stdout);
        const next = async (): Promise<string> =>
          `${(await once(lines, "line"))[0]}`;
        const url = await whenListening(server);

        // In one chunk, and byte by byte.
        let told = next();
        send(url, form);
        assertEquals(await told, "a,1");
        told = next();
        const slow = send(url, "");
        for (const byte of form) {
          slow.write(byte);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        assertEquals(await told, "a,1");

        // The client hangs up in the middle: an error, without a wait.
        told = next();
        const cut = send(url, form.slice(0, 30));
        setTimeout(() => cut.destroy(), 100);
        assertEquals(await told, lostConnection);

        // The reader cancels while the client stalls, and the answer arrives.
        const stalled = send(`${url}cancel`, form.slice(0, 30));
        const [answer] = await once(stalled, "data");
        assertMatch(`${answer}`, /^HTTP\/1\.1 200 /);
        stalled.destroy();

        // The server still works.
        told = next();
        send(url, form);
        const seen = [await told];
        if (seen[0] !== "a,1") seen.push(await next());
        assertEquals(seen.at(-1), "a,1");
      } finally {
        await end(server);
      }
    });
  }
});
