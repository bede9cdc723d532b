/**
 * A stream that reads nothing ahead.
 *
 * @param size Its bytes, if that is known.
 */
export function lazyStream(
  source: UnderlyingDefaultSource<Uint8Array>,
  size: number | undefined,
): ReadableStream<Uint8Array> {
  // Not in the Streams Standard: workerd sends a stream with this length, and
  // without it chunked, whatever Content-Length says.
  const sized = { ...source, expectedLength: size };
  return new ReadableStream(sized, { highWaterMark: 0 });
}
