/** The upload example's page in real browsers, over the server on Node. */
import { assert } from "@std/assert";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { shared } from "../driving/shared.ts";
import { visitors } from "./upload_browsers.ts";
import { testLive } from "./upload_page_live.ts";
import { testMore } from "./upload_page_more.ts";
import { testRaw } from "./upload_page_raw.ts";
import { MAX_UPLOAD, testUploads } from "./upload_page_uploads.ts";
import { testWhole } from "./upload_page_whole.ts";
import { uploadRuntimes } from "./upload_servers.ts";

const node = uploadRuntimes.find(({ name }) => name === "Node");
assert(node);
const folder = shared(makeFolder, removeFolder);
const server = shared(
  () => node.start(MAX_UPLOAD),
  (server) => server.close(),
);

const all = visitors();
for (const visitor of all) {
  testUploads(visitor, server, folder);
  const other = all.find((other) => other !== visitor && other.isThere);
  testLive(visitor, other ?? visitor, node.start);
  testRaw(visitor, server);
  testMore(visitor, server, folder);
  testWhole(visitor, server);
}
