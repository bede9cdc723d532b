/** What a body's stream reads from. */
export interface StreamedChunks {
  /** The next chunk, or `null` at the end. */
  read(): Promise<Uint8Array | null>;
  /** Hands back what was not wanted of it. */
  unread(bytes: Uint8Array): void;
  /** Says that nobody wants the rest. */
  cancel(): void;
}

/**
 * A byte stream over chunks. It holds nothing: what a reader does not take stays
 * with the chunks, for whoever reads them next.
 */
export function bodyStream(
  chunks: StreamedChunks,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stream: ReadableStream<Uint8Array<ArrayBuffer>> = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const chunk = await chunks.read();
      const request = controller.byobRequest;
      if (chunk === null) {
        controller.close();
        request?.respond(0);
      } else if (!stream.locked) {
        // Who asked for it has gone.
        chunks.unread(chunk);
      } else if (request?.view) {
        const { buffer, byteOffset, byteLength } = request.view;
        const taken = Math.min(byteLength, chunk.length);
        new Uint8Array(buffer, byteOffset, taken).set(chunk.subarray(0, taken));
        chunks.unread(chunk.subarray(taken));
        request.respond(taken);
      } else {
        // A copy, because enqueuing takes the buffer away from the parser, which
        // finds the next parts in it.
        controller.enqueue(new Uint8Array(chunk));
      }
    },
    cancel() {
      chunks.cancel();
    },
  }, { highWaterMark: 0 });
  return stream;
}
