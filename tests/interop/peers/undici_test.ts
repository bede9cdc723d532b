import { fetch, FormData, Response } from "undici";
import { serverCases } from "../form_cases.ts";
import {
  decodesAsText,
  decodesPercent,
  undoesBase64Alone,
} from "../harness/differences.ts";
import { type Entry, uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import { installedVersion } from "../harness/npm.ts";
import { sha256 } from "../harness/parts.ts";
import type { Message, ToldPart } from "../harness/peer.ts";

async function read({ contentType, bytes }: Message): Promise<ToldPart[]> {
  const response = new Response(bytes, {
    headers: { "content-type": contentType },
  });
  const told: ToldPart[] = [];
  for (const [name, value] of await response.formData()) {
    const isFile = typeof value !== "string";
    const body = isFile
      ? new Uint8Array(await value.arrayBuffer())
      : new TextEncoder().encode(value);
    told.push({
      name,
      filename: isFile ? value.name : undefined,
      type: isFile ? value.type : undefined,
      length: body.length,
      sha256: sha256(body),
    });
  }
  return told;
}

async function send(url: string, entries: readonly Entry[]): Promise<void> {
  const form = new FormData();
  for (const { name, body, file } of entries) {
    if (file === undefined) form.append(name, body.toString());
    else form.append(name, new File([body], file.name, { type: file.type }));
  }
  await (await fetch(url, { method: "POST", body: form })).text();
}

interop({
  name: "undici",
  hint: "Run npm install.",
  version: () => installedVersion("undici"),
  reads: [{
    kinds: ["form-data"],
    also: serverCases,
    tells: ["file type", "order", "empty filename"],
    read,
    differs: {
      ...undoesBase64Alone,
      "bytes of no file": decodesAsText,
      "quotes in names": decodesPercent,
      "line breaks in names": decodesPercent,
      "the boundary in the middle of lines": { refuses: /Failed to parse/ },
    },
  }],
  writes: uploads(send),
});
