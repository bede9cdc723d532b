/** Serves what this writer writes. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { withServer as withNodeServer } from "../../driving/servers.ts";

/** Runs a server on loopback while `use` runs. */
export function withServer<T>(
  answer: (path: string) => Response | Promise<Response>,
  use: (origin: string) => Promise<T>,
): Promise<T> {
  return withNodeServer(async ({ url = "/" }, response) => {
    // A source that fails breaks the connection.
    await send(await answer(url), response).catch(() => response.destroy());
  }, (url) => use(new URL(url).origin));
}

async function send(from: Response, to: ServerResponse): Promise<void> {
  to.writeHead(from.status, Object.fromEntries(from.headers));
  to.flushHeaders();
  const reader = from.body?.getReader();
  // A `for await` loop would not cancel while it waits for a chunk.
  to.on("close", () => void reader?.cancel().catch(() => {}));
  for (
    let next = await reader?.read();
    next?.value;
    next = await reader?.read()
  ) {
    if (!to.write(next.value)) {
      await Promise.race([once(to, "drain"), once(to, "close")]);
    }
  }
  to.end();
}
