import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { outputOf, untilEnd } from "../../driving/children.ts";
import { mcs, mono, pathOf } from "../../driving/commands.ts";
import { makeFolder, removeFolder } from "../../driving/folders.ts";
import { shared } from "../../driving/shared.ts";
import { programPath, runClient } from "../harness/client_program.ts";
import { changes } from "../harness/differences.ts";
import { uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import type { Difference } from "../harness/peer.ts";

const folder = shared(async () => {
  const made = await makeFolder();
  const args = [
    "-r:System.Net.Http.dll",
    `-out:${join(made, "client.exe")}`,
    programPath("dotnet/http_client.cs"),
  ];
  const { exitCode, stderr } = await untilEnd(spawn(pathOf(mcs), args));
  if (exitCode !== 0) throw new Error(`Cannot build the client: ${stderr}`);
  return made;
}, removeFolder);

/** An encoded-word (RFC 2047), as in mails. */
function encodedWord(text: string): string {
  return `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;
}

const differs: Readonly<Record<string, Difference>> = {
  "unicode in names": changes((part) => ({
    ...part,
    name: part.name && encodedWord(part.name),
    filename: part.filename?.replaceAll(/[\ud800-\udfff]/g, "\ufffd"),
  })),
  "quotes in names": { refuses: /The format of value .* is invalid/ },
};

interop({
  name: ".NET HttpClient",
  hint: "Install mono (Debian: mono-mcs mono-runtime " +
    "libmono-system-net-http4.0-cil).",
  version: async () =>
    existsSync("/usr/lib/mono/4.5/System.Net.Http.dll")
      ? /version (\S+)/.exec(await outputOf("mono", "--version") ?? "")?.[1]
      : undefined,
  writes: uploads(async (url, entries) => {
    const client = join(await folder(), "client.exe");
    await runClient(pathOf(mono), [client], url, entries);
  }).map((exchange) => ({ ...exchange, differs: differs[exchange.id] })),
});
