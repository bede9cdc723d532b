/** The forms that clients from npm and other clients have to write. */
import { Buffer } from "node:buffer";
import { quotedForm, type Written, writtenForms } from "../written.ts";
import { described } from "./asked.ts";
import type { Exchange, ToldPart } from "./peer.ts";
import { tellOfUpload } from "./reading.ts";

/** A field or a file. */
export interface Entry {
  readonly name: string;
  readonly body: Buffer<ArrayBuffer>;
  /** Undefined for a field. */
  readonly file: { readonly name: string; readonly type: string } | undefined;
}

/**
 * Decodes names: these clients percent-encode them as the HTML Standard says.
 */
export const FORM_OPTIONS = { percentDecodeNames: true };

/** Has a client upload each form. */
export function uploads(
  send: (url: string, entries: readonly Entry[]) => Promise<unknown>,
  by?: string,
): Exchange[] {
  return forms(
    (entries) =>
      tellOfUpload(
        async (url) => void await send(url, entries),
        FORM_OPTIONS,
      ),
    by,
  );
}

/**
 * Uploads each form with this runtime's `fetch` to a server whose framework
 * passes the request to this reader. The server responds with what the reader
 * found.
 */
export function hosted(serve: () => Promise<string>): Exchange[] {
  return forms(async (entries) => {
    const body = platformForm(entries);
    const response = await fetch(await serve(), { method: "POST", body });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  });
}

function forms(
  tell: (entries: readonly Entry[]) => Promise<ToldPart[]>,
  by?: string,
): Exchange[] {
  return [...writtenForms, quotedForm].map((form) => ({
    ...described(form, by),
    tells: ["path", "file type", "order", "empty filename"],
    tell: () => tell(entriesOf(form)),
  }));
}

function entriesOf({ parts }: Written): Entry[] {
  return parts.map(({ name = "", filename, headers, base64 = "" }) => ({
    name,
    body: Buffer.from(base64, "base64"),
    file: filename === undefined
      ? undefined
      : { name: filename, type: headers?.["content-type"] ?? "" },
  }));
}

/** The same form as the platform's FormData. */
export function platformForm(entries: readonly Entry[]): FormData {
  const form = new FormData();
  for (const { name, body, file } of entries) {
    if (file === undefined) form.append(name, body.toString());
    else form.append(name, new File([body], file.name, { type: file.type }));
  }
  return form;
}
