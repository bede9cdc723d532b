import FormData from "form-data";
import { request } from "node:http";
import { once } from "node:events";
import { type Entry, uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import { installedVersion } from "../harness/npm.ts";

async function send(url: string, entries: readonly Entry[]): Promise<void> {
  const form = new FormData();
  for (const { name, body, file } of entries) {
    if (file === undefined) form.append(name, body.toString());
    else {
      form.append(name, body, { filename: file.name, contentType: file.type });
    }
  }
  const upload = request(url, { method: "POST", headers: form.getHeaders() });
  form.pipe(upload);
  const [response] = await once(upload, "response");
  response.resume();
  await once(response, "end");
}

interop({
  name: "form-data",
  hint: "Run npm install.",
  version: () => installedVersion("form-data"),
  writes: uploads(send),
});
