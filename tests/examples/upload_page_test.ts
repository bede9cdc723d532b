/** The upload example's page in real browsers, over the server on Node. */
import { assert } from "@std/assert";
import { after } from "node:test";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { visitors } from "./upload_browsers.ts";
import { testLive } from "./upload_page_live.ts";
import { testRaw } from "./upload_page_raw.ts";
import { MAX_UPLOAD, testUploads } from "./upload_page_uploads.ts";
import { testWhole } from "./upload_page_whole.ts";
import { uploadRuntimes } from "./upload_servers.ts";

const folder = await makeFolder();
const node = uploadRuntimes.find(({ name }) => name === "Node");
assert(node);
const server = await node.start(MAX_UPLOAD);
after(async () => {
  await server.close();
  await removeFolder(folder);
});

const all = await visitors();
for (const visitor of all) {
  testUploads(visitor, server, folder);
  const other = all.find((other) => other !== visitor) ?? visitor;
  testLive(visitor, other.browser, node.start);
  testRaw(visitor, server);
  testWhole(visitor, server);
}
