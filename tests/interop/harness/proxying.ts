/** Messages that pass through a proxy to a server of this project, and back. */
import {
  mixedReplace,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import type { RequestInit, Response as Answer } from "undici";
import { platformForm, uploads } from "./entries.ts";
import { FRAMES, sentFrames } from "./frames.ts";
import type { Exchange, Reading, ToldPart } from "./peer.ts";
import { tell, tellOfPart } from "./reading.ts";
import { withServer } from "./serving.ts";

/** Has a proxy pass a request on to such a server. */
export type Pass = (url: string, init?: RequestInit) => Promise<Answer>;

/** Uploads through the proxy, with a length and in chunks. */
export function passedUploads(pass: Pass, by: string): Exchange[] {
  return [false, true].flatMap((isChunked) =>
    uploads(async (url, entries) => {
      const writer = MultipartWriter.fromFormData(platformForm(entries));
      await pass(url, {
        method: "POST",
        headers: { "content-type": writer.contentType },
        body: isChunked ? writer.stream() : await writer.bytes(),
        duplex: "half",
      });
    }, `${isChunked ? "chunked, " : ""}${by}`)
  );
}

/** Responses of this writer through the proxy. */
export function passedAnswers(pass: Pass, by: string): Reading {
  return {
    by,
    kinds: ["mixed", "related", "alternative", "byteranges", "nested"],
    tells: ["path", "type", "headers", "order"],
    read: ({ contentType, stream }) =>
      withServer(
        () =>
          new Response(stream(), { headers: { "content-type": contentType } }),
        async (origin) => {
          const response = await pass(`${origin}/`);
          return await tell(MultipartReader.from(response));
        },
      ),
  };
}

/**
 * A live view through the proxy. Each frame must arrive before the next is
 * made.
 */
export function passedFrames(pass: Pass, by: string): Exchange {
  return {
    id: `mixedReplace(), eager (${by})`,
    kind: "x-mixed-replace",
    parts: sentFrames([...FRAMES, new Uint8Array(0)]),
    tells: ["order"],
    async tell() {
      let read = Promise.withResolvers<void>();
      async function* frames() {
        for (const frame of FRAMES) {
          yield frame;
          await read.promise;
          read = Promise.withResolvers();
        }
      }
      return await withServer(
        () => mixedReplace(frames(), { eager: true }),
        async (origin) => {
          const told: ToldPart[] = [];
          const response = await pass(`${origin}/`);
          for await (const part of MultipartReader.from(response)) {
            told.push(await tellOfPart(part));
            read.resolve();
          }
          return told;
        },
      );
    },
  };
}
