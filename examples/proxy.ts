/**
 * Forwards forms to another server, and changes them without buffering:
 * `node examples/proxy.ts http://127.0.0.1:8000/upload`, or with `bun`, or with
 * `deno run --allow-net --allow-env`. It listens on PORT, or else on 8080.
 */
import {
  MultipartEncoderStream,
  MultipartError,
  type MultipartMessage,
  MultipartReader,
} from "@tributary/multipart";
import { createServer } from "node:http";
import process from "node:process";
import { pipeline } from "node:stream/promises";

/** Forwards a form, and returns the response, unless `gone` aborts. */
export async function proxy(
  form: MultipartMessage,
  upstream: string,
  gone: AbortSignal,
): Promise<Response> {
  const encoder = new MultipartEncoderStream("form-data");
  const writer = encoder.writable.getWriter();
  const fail = (error: unknown) =>
    writer.abort(error).catch(() => {}).then(() => error);
  const stop = new AbortController();
  const signal = AbortSignal.any([gone, stop.signal]);
  const copied = (async () => {
    const options = { profile: "form-data", signal } as const;
    for await (const part of MultipartReader.from(form, options)) {
      if (part.name === "internal") continue; // The reader skips it.
      await writer.write(part); // Resolves when its last byte has been sent.
    }
    await writer.write({ name: "via", body: "proxy" });
    await writer.close();
  })().catch(fail);
  const init = {
    method: "POST",
    headers: { "content-type": encoder.contentType },
    body: encoder.readable,
    duplex: "half",
    redirect: "error", // To follow redirects, `fetch` would buffer the body.
    signal,
  } as const;
  try {
    return await fetch(upstream, init);
  } catch (error) {
    stop.abort(error);
    await fail(error);
    const cause = await copied; // `fetch` reports a malformed form in different ways.
    return cause instanceof MultipartError
      ? new Response(`${cause.message}\n`, { status: cause.status })
      : new Response("The other server failed\n", { status: 502 });
  }
}

if (import.meta.main) {
  const [upstream = ""] = process.argv.slice(2);
  const server = createServer(async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    const answer = await proxy(incoming, upstream, gone.signal);
    const type = answer.headers.get("content-type") ?? "text/plain";
    outgoing.writeHead(answer.status, { "content-type": type });
    await pipeline(answer.body ?? [], outgoing).catch(() => outgoing.destroy());
  });
  server.requestTimeout = 0; // Node's five minutes are short for a large file.
  server.timeout = 60_000; // Closes a connection that is silent for a minute.
  server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : address;
    console.log(`Listening on http://127.0.0.1:${port}/`);
  });
}
