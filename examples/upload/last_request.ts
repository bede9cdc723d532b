import { RawRequest } from "./raw_request.ts";

// Other fields, such as cookies, are only for the server.
const SHOWN_FIELDS = [
  "content-type",
  "content-length",
  "transfer-encoding",
  "user-agent",
];

interface Recorded {
  number: number;
  request: {
    method: string;
    path: string;
    fields: { name: string; value: string }[];
  };
  raw: RawRequest | undefined;
  /** The status of the response, or 0 before it. */
  status: number;
  /** Whether the sender disconnected before the end. */
  isBroken: boolean;
}

/** Keeps the beginning of each part of the last request. */
export class LastRequest {
  #recorded: Recorded | undefined;
  #count = 0;

  /** Makes this the last request. */
  record(request: Request): {
    begin(boundary: string): void;
    chunk(chunk: Uint8Array): void;
    breakOff(): void;
    end(status: number): void;
  } {
    const { headers, method } = request;
    const recorded: Recorded = {
      number: ++this.#count,
      request: {
        method,
        path: new URL(request.url).pathname,
        fields: SHOWN_FIELDS.map((name) => ({
          name,
          value: headers.get(name) ?? "",
        })).filter(({ value }) => value !== ""),
      },
      raw: undefined,
      status: 0,
      isBroken: false,
    };
    return {
      begin: (boundary) => {
        recorded.raw = new RawRequest(boundary);
        this.#recorded = recorded;
      },
      chunk: (chunk) => recorded.raw?.take(chunk),
      breakOff() {
        recorded.isBroken = true;
      },
      end(status) {
        recorded.status = status;
        // With any other status, the rest was not read, and may be valid.
        if (status === 200 || status === 400) recorded.raw?.end();
      },
    };
  }

  /** Answers with the record, or with 304 if the client already has it. */
  answer(request: Request): Response {
    const { number = 0, raw, status = 0, isBroken = false, ...rest } =
      this.#recorded ?? {};
    const etag = `"${number}-${raw?.received ?? 0}-${status}-${isBroken}"`;
    const headers = { etag, "cache-control": "no-cache" };
    if (request.headers.get("if-none-match") === etag) {
      return new Response(null, { status: 304, headers });
    }
    if (raw === undefined) return Response.json(null, { headers });
    const { boundary, problem, pieces, received } = raw;
    return Response.json({
      ...{
        number,
        ...rest,
        status,
        isBroken,
        boundary,
        problem,
        pieces,
        received,
      },
    }, { headers });
  }
}
