/** MTOM: both sides together, and each with .NET's encoder and decoder. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cidUrl, readMtom, writeMtom } from "../../examples/mtom.ts";
import { untilEnd } from "../driving/children.ts";
import { mcs, mono, pathOf } from "../driving/commands.ts";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { shared } from "../driving/shared.ts";
import { MissingTool } from "../runtimes/missing_tool.ts";

const source = fileURLToPath(new URL("mtom.cs", import.meta.url));
const assembly = "System.Runtime.Serialization.dll";

const built = shared(async () => {
  if (!existsSync(`/usr/lib/mono/4.5/${assembly}`)) {
    const packageName = "libmono-system-runtime-serialization4.0-cil";
    const hint = `Install it (Debian: apt-get install ${packageName}).`;
    throw new MissingTool(`Mono's ${assembly}`, hint);
  }
  const compiler = pathOf(mcs);
  const folder = await makeFolder();
  const args = [`-r:${assembly}`, `-out:${join(folder, "mtom.exe")}`, source];
  const { exitCode, stderr } = await untilEnd(spawn(compiler, args));
  if (exitCode !== 0) throw new Error(`Cannot build ${source}: ${stderr}`);
  return folder;
}, removeFolder);

/** Runs one of the program's commands, and returns what it prints. */
async function dotnet(input: Uint8Array, ...args: string[]): Promise<Buffer> {
  const program = join(await built(), "mtom.exe");
  const child = spawn(pathOf(mono), [program, ...args]);
  child.stdin.end(input);
  const { exitCode, stdout, stderr } = await untilEnd(child);
  assertEquals(exitCode, 0, stderr);
  return Buffer.from(stdout, "base64");
}

/** An envelope whose elements refer to attachments. */
function envelopeOf(...ids: string[]): string {
  const includes = ids.map((id) => {
    const href = cidUrl(id).replaceAll("&", "&amp;");
    const xop = "http://www.w3.org/2004/08/xop/include";
    return `<photo><xop:Include xmlns:xop="${xop}" href="${href}"/></photo>`;
  });
  const soap = "http://www.w3.org/2003/05/soap-envelope";
  return `<s:Envelope xmlns:s="${soap}">${includes.join("")}</s:Envelope>`;
}

// The ids contain characters that URLs and XML escape.
const ids = ["photo&1@example.com", "50%/2@example.com"];
const bodies = [randomBytes(100_000), randomBytes(3)];

/** Writes the bodies in another order than the references to them. */
function messageWith(bodies: readonly Buffer[]) {
  const envelope = envelopeOf(...ids);
  const attachments = bodies.map((body, index) => ({
    id: ids[index] ?? "",
    type: "image/jpeg",
    body,
  }));
  return { envelope, writer: writeMtom(envelope, attachments.reverse()) };
}

/** Reads a message whole. */
async function readAll(response: Response): Promise<[string, unknown[]]> {
  const { envelope, attachments } = await readMtom(response);
  const all: unknown[] = [];
  for await (const part of attachments) {
    all.push([part.contentId, part.mediaType, Buffer.from(await part.bytes())]);
  }
  return [envelope, all];
}

/** A hand-written message. */
function messageOf(parameters: string, ...parts: string[]): Response {
  const body = parts.map((part) => `--b\r\n${part}\r\n`).join("");
  const type = `multipart/related; boundary=b; ${parameters}`;
  return new Response(`${body}--b--`, { headers: { "content-type": type } });
}

const XOP = "Content-Type: application/xop+xml";

describe("examples/mtom.ts", () => {
  it("reads what it writes, in any order", async () => {
    const { envelope, writer } = messageWith(bodies);
    assertEquals(await readAll(writer.toResponse()), [
      envelope,
      bodies.map((body, index) => [ids[index], "image/jpeg", body]).reverse(),
    ]);
  });

  it("finds the root by `start`, and yields what the XML refers to", async () => {
    const response = messageOf(
      'type="application/xop+xml"; start="<root@x>"',
      "Content-ID: <early@x>\r\n\r\nskipped: it is before the root",
      `${XOP}\r\nContent-ID: <root@x>\r\n\r\n` +
        `<a><Include href='cid:two%40x'/><p:Include b="" href = "cid:one@x"/></a>`,
      "Content-ID: <one@x>\r\n\r\n1",
      "Content-ID: <other@x>\r\n\r\nnobody refers to this",
      "Content-ID: <two@x>\r\n\r\n2",
    );
    const [, attachments] = await readAll(response);
    assertEquals(attachments, [
      ["one@x", "text/plain", Buffer.from("1")],
      ["two@x", "text/plain", Buffer.from("2")],
    ]);
  });

  it("fails where something is missing, or is not MTOM", async () => {
    const fails = async (message: string, ...parts: string[]) => {
      await assertRejects(
        () => readAll(messageOf("", ...parts)),
        Error,
        message,
      );
    };
    await fails(
      "the attachment a@x",
      `${XOP}\r\n\r\n<Include href="cid:a@x"/>`,
    );
    await fails(
      "the attachment %zz",
      `${XOP}\r\n\r\n<Include href="cid:%zz"/>`,
    );
    await fails(
      "send application/xop+xml",
      "Content-Type: text/xml\r\n\r\n<a/>",
    );
    await fails("the body has no part");
  });
});

describe("examples/mtom.ts and .NET", () => {
  it("reads what .NET writes", async () => {
    const bytes = randomBytes(100_000);
    const message = await dotnet(bytes, "write");
    const end = message.indexOf("\r\n\r\n");
    const fields = message.subarray(0, end).toString();
    const [, type = ""] = /^Content-Type: ([^]*)$/m.exec(fields) ?? [];
    const headers = { "content-type": type.replaceAll(/\s*\r\n\s*/g, " ") };
    const body = Uint8Array.from(message.subarray(end + 4));
    const [envelope, attachments] = await readAll(
      new Response(body, { headers }),
    );
    assert(
      envelope.includes(`<small>${bytes.toString("base64", 0, 4)}</small>`),
    );
    const [, id] = /href="cid:([^"]*)"/.exec(envelope) ?? [];
    assertEquals(attachments, [
      [decodeURIComponent(id ?? ""), "application/octet-stream", bytes],
    ]);
  });

  it("writes what .NET reads", async () => {
    const { writer } = messageWith(bodies);
    const bytes = await writer.bytes();
    const photos = await dotnet(bytes, "read", writer.contentType);
    assert(photos.equals(Buffer.concat(bodies)));
  });
});
