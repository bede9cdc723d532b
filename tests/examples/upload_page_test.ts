/** The upload example's page in real browsers, served by Node. */
import { assert } from "@std/assert";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { shared } from "../driving/shared.ts";
import { browserVisitors, webkitVisitor } from "./upload_browsers.ts";
import { MAX_UPLOAD, testDropped } from "./upload_page_dropped.ts";
import { testLive, testLiveAlone } from "./upload_page_live.ts";
import { testFolders } from "./upload_page_folders.ts";
import { testMore } from "./upload_page_more.ts";
import { testRaw } from "./upload_page_raw.ts";
import { testUploads } from "./upload_page_uploads.ts";
import { testWhole } from "./upload_page_whole.ts";
import { uploadRuntimes } from "./upload_servers.ts";

const node = uploadRuntimes.find(({ name }) => name === "Node");
assert(node);
const folder = shared(makeFolder, removeFolder);
const server = shared(
  () => node.start(MAX_UPLOAD),
  (server) => server.close(),
);

const browsers = browserVisitors();
for (const visitor of browsers) {
  testUploads(visitor, server, folder);
  const other = browsers.find((other) => other !== visitor && other.isThere);
  testLive(visitor, other ?? visitor, node.start);
}
const webkit = webkitVisitor();
testLiveAlone(webkit, node.start);
for (const visitor of [...browsers, webkit]) {
  testDropped(visitor, server);
  testRaw(visitor, server);
  testMore(visitor, server);
  testWhole(visitor, server);
}
testFolders(browsers, server, folder);
