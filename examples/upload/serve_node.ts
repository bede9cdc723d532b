/** The upload server on Node: `npm start`. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { diskStore } from "./disk_store.ts";
import { fetchListener } from "../fetch_listener.ts";
import { uploadHandler } from "./handler.ts";
import { announce, memory, settings, stopOn } from "./settings.ts";

const TYPES = new Map([["html", "text/html"], ["css", "text/css"], [
  "js",
  "text/javascript",
]]);

const chosen = settings();
const handler = uploadHandler({
  store: await diskStore(chosen.folder),
  limits: chosen.limits,
  memory,
  async page(_request, file) {
    const type = TYPES.get(file.split(".").at(-1) ?? "");
    return new Response(
      await readFile(new URL(`page/${file}`, import.meta.url)),
      {
        headers: { "content-type": `${type}; charset=utf-8` },
      },
    );
  },
});

const server = createServer(fetchListener(handler));
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
server.on("error", (error) => stopOn(error, chosen));
server.listen(chosen.port, chosen.host, () => {
  const address = server.address();
  announce(
    chosen,
    typeof address === "object" && address ? address.port : chosen.port,
  );
});
