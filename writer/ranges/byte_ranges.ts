import { randomBoundary } from "../../wire/boundary.ts";
import {
  formatContentRange,
  formatUnsatisfiedRange,
} from "../../wire/content_range.ts";
import {
  type ByteRangesSource,
  describeSource,
  RangeReader,
  type Representation,
} from "./byte_ranges_source.ts";
import { hasMethod } from "../../wire/type_guards.ts";
import { formatHttpDate } from "./http_date.ts";
import { MultipartEncoder } from "../part/multipart_encoder.ts";
import { lazyStream, streamEncoder } from "../part/plan_output.ts";
import {
  formatFields,
  formatMultipartType,
  LINE_BREAK,
  multipartLength,
} from "../part/serializer.ts";
import type { ByteRangesOptions } from "../options.ts";
import {
  evaluatePreconditions,
  isRangeCurrent,
  type Validators,
} from "./preconditions.ts";
import { type ByteRange, selectRanges } from "./range_header.ts";

/**
 * Answers a request for a resource or for ranges of it, including conditional
 * requests (RFC 9110, sections 13 to 15): downloads can be resumed, and players
 * can seek.
 *
 * | status | when | body |
 * |---|---|---|
 * | 200 | no range is requested, or If-Range does not match | all |
 * | 206 | one range is requested | its bytes |
 * | 206 | several are requested | a multipart/byteranges |
 * | 304 | If-None-Match or If-Modified-Since: the client has it | none |
 * | 412 | If-Match or If-Unmodified-Since: it has changed | none |
 * | 416 | no requested range is within the resource | none |
 *
 * Ranges that overlap or touch are merged; otherwise the order is that of the
 * request. A Range field is ignored, and answered with 200, if it is invalid,
 * has a unit other than bytes, requests more than 100 separate ranges, or
 * ranges of an empty resource, or if the method is not GET. HEAD gets the
 * fields of a GET without Range.
 *
 * Content-Length is exact. If the source fails, or returns another number of
 * bytes than requested, the body fails, and the peer sees that it is cut short.
 * Cancelling the body cancels the stream that the source returned.
 *
 * Set further fields, such as Cache-Control, on the response. The caller
 * decides whether methods other than GET and HEAD are allowed.
 *
 * @param request The request; only its method and headers are used.
 * @param source The bytes.
 * @param options The type, size and validators of the source.
 * @throws {TypeError} If the type cannot be written, `etag` is not an entity-tag,
 * or the size is unknown.
 * @throws {RangeError} If the size is invalid, or not the Blob's, or
 * `lastModified` is not a time between the years 0 and 9999.
 *
 * @example Serve bytes in memory
 * ```ts
 * import { byteRanges } from "@tributary/multipart/writer";
 *
 * const file = new Blob(["Hello, Oslo"], { type: "text/plain" });
 * const request = new Request("http://localhost/", {
 *   headers: { range: "bytes=7-" },
 * });
 * const response = byteRanges(request, file, { etag: '"v1"' });
 * if (response.status !== 206) throw new Error("expected 206");
 * if (await response.text() !== "Oslo") throw new Error("expected Oslo");
 * ```
 *
 * @example Serve bytes from elsewhere
 * ```ts
 * import { byteRanges } from "@tributary/multipart/writer";
 *
 * // For example a file, a database, or an object in a bucket.
 * const store = { read: (at: number, count: number) => new Uint8Array(count) };
 *
 * export function handle(request: Request): Response {
 *   return byteRanges(
 *     request,
 *     (start, end) => store.read(start, end - start),
 *     { size: 5_000_000_000, type: "video/mp4", etag: '"v1"' },
 *   );
 * }
 * ```
 */
export function byteRanges(
  request: Pick<Request, "method" | "headers">,
  source: ByteRangesSource,
  options: ByteRangesOptions = {},
): Response {
  if (!hasMethod(request?.headers, "get")) {
    throw new TypeError(
      "Cannot answer: the request has no Headers. Make a Request of Node's IncomingMessage",
    );
  }
  const { method, headers } = request;
  const representation = describeSource(source, options ?? {});
  const { size, validators } = representation;
  const settled = evaluatePreconditions(method, headers, validators);
  if (settled === 304) return notModified(validators);
  if (settled === 412) return refuse(412, validatorFields(validators));
  const field = method === "GET" ? headers.get("range") : null;
  // Section 14.2: an empty representation has no range to state.
  if (field === null || size === 0 || !isRangeCurrent(headers, validators)) {
    return whole(representation, method);
  }
  const ranges = selectRanges(field, size);
  if (ranges === undefined) return whole(representation, method);
  if (ranges.length === 0) {
    return refuse(416, {
      "content-range": formatUnsatisfiedRange("bytes", size),
      ...validatorFields(validators),
    });
  }
  // Section 15.3.7: a client that sends If-Range has the fields already. The
  // type is repeated, so that nobody guesses it from the middle of a file.
  const stated = headers.has("if-range")
    ? preferredValidator(validators)
    : validators;
  return partial({ ...representation, validators: stated }, ranges);
}

function whole(representation: Representation, method: string): Response {
  const { type, size, validators } = representation;
  const isBare = method === "HEAD" || size === 0;
  const range = { start: 0, end: size };
  return new Response(isBare ? null : streamRange(representation, range), {
    status: 200,
    headers: {
      "accept-ranges": "bytes",
      "content-length": `${size}`,
      "content-type": type,
      ...validatorFields(validators),
    },
  });
}

function partial(
  representation: Representation,
  ranges: readonly ByteRange[],
): Response {
  const [range, ...others] = ranges;
  // Section 15.3.7.2: a client that requests one range may not understand a
  // multipart.
  const { body, ...fields } = others.length === 0
    ? single(representation, range)
    : several(representation, ranges);
  return new Response(body, {
    status: 206,
    headers: {
      "accept-ranges": "bytes",
      ...fields,
      ...validatorFields(representation.validators),
    },
  });
}

/** The body and the fields of a response with one range. */
function single(representation: Representation, range: ByteRange) {
  return {
    body: streamRange(representation, range),
    "content-length": `${range.end - range.start}`,
    "content-range": rangeField(range, representation.size),
    "content-type": representation.type,
  };
}

/** The same for several, in a multipart/byteranges (section 14.6). */
function several(
  representation: Representation,
  ranges: readonly ByteRange[],
) {
  const { type, size } = representation;
  const boundary = randomBoundary();
  const parts = ranges.map((range) => {
    const head = formatFields([
      ["content-range", rangeField(range, size)],
      ["content-type", type],
    ]);
    return {
      head,
      headLength: head.length,
      size: range.end - range.start,
      isLive: true,
      open: () => new RangeReader(representation, range),
    };
  });
  // Like nginx and Apache, this begins with a line break, which some clients
  // expect; it counts.
  const length = multipartLength(boundary, parts, LINE_BREAK);
  const encoder = new MultipartEncoder(parts, { boundary, start: LINE_BREAK });
  return {
    body: streamEncoder(encoder, length),
    "content-length": `${length}`,
    "content-type": formatMultipartType("byteranges", boundary, {}),
  };
}

function notModified(validators: Validators): Response {
  return new Response(null, {
    status: 304,
    headers: validatorFields(preferredValidator(validators)),
  });
}

/**
 * The validators for a client that has the bytes: the date only if there is no
 * tag (section 15.4.5).
 */
function preferredValidator({ etag, lastModified }: Validators): Validators {
  return { etag, lastModified: etag === undefined ? lastModified : undefined };
}

function refuse(status: 412 | 416, fields: Record<string, string>): Response {
  return new Response(null, {
    status,
    headers: { "accept-ranges": "bytes", "content-length": "0", ...fields },
  });
}

function streamRange(
  representation: Representation,
  range: ByteRange,
): ReadableStream<Uint8Array> {
  const { start, end } = range;
  const reader = new RangeReader(representation, range);

  let isCancelled = false;
  return lazyStream({
    async pull(controller) {
      try {
        const chunk = await reader.read();
        if (isCancelled) return;
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      } catch (error) {
        // Not awaited: a source that hangs when cancelled must not hide the
        // error.
        if (!isCancelled) reader.cancel(error).catch(() => {});
        throw error;
      }
    },
    async cancel(reason) {
      isCancelled = true;
      await reader.cancel(reason);
    },
  }, end - start);
}

/** The end of a Content-Range is inclusive, that of a `ByteRange` is not. */
function rangeField({ start, end }: ByteRange, size: number): string {
  return formatContentRange({ unit: "bytes", start, end: end - 1, size });
}

function validatorFields(
  { etag, lastModified }: Validators,
): Record<string, string> {
  const fields: Record<string, string> = {};
  if (etag !== undefined) fields["etag"] = etag;
  if (lastModified !== undefined) {
    fields["last-modified"] = formatHttpDate(lastModified);
  }
  return fields;
}
