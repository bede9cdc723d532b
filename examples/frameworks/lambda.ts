// AWS Lambda, behind API Gateway's REST API (events of version 1) or HTTP API and
// function URLs (version 2). A REST API also needs `multipart/form-data` among its
// binary media types, or the bytes arrive as text.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { Buffer } from "node:buffer";

// Only /tmp is writable. Use a bucket for files to keep.
const store = saveTo(process.env["FOLDER"] ?? "/tmp");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], store }),
};

/** The part of an event, of version 1 or 2, that is used here. */
export interface UploadEvent {
  headers: Record<string, string | undefined>;
  body?: string | null;
  isBase64Encoded: boolean;
}

/** A response, in the format of both versions. */
export interface UploadAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * Saves a form. The event contains all of it, since a request has at most 6 MB.
 */
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
