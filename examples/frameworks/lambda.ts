// AWS Lambda, behind API Gateway's REST API (events of version 1) or HTTP API and
// function URLs (version 2). A REST API also needs `multipart/form-data` among its
// binary media types, or the bytes arrive as text.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { Buffer } from "node:buffer";

// Only /tmp can be written to; a bucket keeps what has to stay.
const store = saveTo(process.env["FOLDER"] ?? "/tmp");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], store }),
};

/** What is used here of an event, of version 1 or 2. */
export interface UploadEvent {
  headers: Record<string, string | undefined>;
  body?: string | null;
  isBase64Encoded: boolean;
}

/** An answer, as both versions take it. */
export interface UploadAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** Saves a form. The event holds all of it: a request has 6 MB at most. */
export async function handler(event: UploadEvent): Promise<UploadAnswer> {
  const { headers, isBase64Encoded } = event;
  const encoding = isBase64Encoded ? "base64" : "utf8";
  const body = event.body ? Buffer.from(event.body, encoding) : null;
  try {
    return answer(200, await readForm({ headers, body }, shape));
  } catch (error) {
    if (error instanceof MultipartError) {
      return answer(error.status, { error: error.message });
    }
    console.error(error);
    return answer(500, { error: "The upload failed" });
  }
}

function answer(statusCode: number, value: object): UploadAnswer {
  const headers = { "content-type": "application/json" };
  return { statusCode, headers, body: JSON.stringify(value) };
}
