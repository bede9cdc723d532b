import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { untilEnd } from "../../driving/children.ts";
import { java, javac, pathOf } from "../../driving/commands.ts";
import { makeFolder, removeFolder } from "../../driving/folders.ts";
import { shared } from "../../driving/shared.ts";
import { programPath, runClient } from "../harness/client_program.ts";
import { renames } from "../harness/differences.ts";
import { uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import type { Difference, Exchange } from "../harness/peer.ts";

const JAVA = "/usr/share/java";

const JARS = [
  "httpmime",
  "httpclient",
  "httpcore",
  "commons-logging",
  "commons-codec",
].map((name) => join(JAVA, `${name}.jar`));

const classes = shared(async () => {
  const folder = await makeFolder();
  const source = programPath("java/HttpMimeClient.java");
  const args = ["-d", folder, "-cp", JARS.join(delimiter), source];
  const { exitCode, stderr } = await untilEnd(spawn(pathOf(javac), args));
  if (exitCode !== 0) throw new Error(`Cannot build the client: ${stderr}`);
  return folder;
}, removeFolder);

/**
 * The modes differ in the charset of names and in the header fields of a part.
 */
function uploadsIn(
  mode: "BROWSER_COMPATIBLE" | "STRICT",
  differs: Readonly<Record<string, Difference>> = {},
): Exchange[] {
  return uploads(async (url, entries) => {
    const path = [await classes(), ...JARS].join(delimiter);
    const args = [
      "-XX:TieredStopAtLevel=1",
      "-cp",
      path,
      "HttpMimeClient",
      mode,
    ];
    await runClient(pathOf(java), args, url, entries);
  }, mode).map((exchange) => ({ ...exchange, differs: differs[exchange.id] }));
}

interop({
  name: "httpmime",
  hint: "Install httpmime (Debian: libhttpmime-java default-jdk-headless).",
  version: async () =>
    (await readdir(JAVA).catch(() => []))
      .map((name) => /^httpmime-([\d.]+)[.]jar$/.exec(name)?.[1])
      .find((version) => version !== undefined),
  writes: [
    ...uploadsIn("BROWSER_COMPATIBLE"),
    ...uploadsIn("STRICT", {
      "unicode in names (STRICT)": renames((name) =>
        name.replaceAll(/[^\0-\x7f]/gu, "?")
      ),
    }),
  ],
});
