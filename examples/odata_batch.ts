/**
 * OData batches (`$batch`, multipart/mixed with changesets), both sides:
 * functions to call from a client or a service. `batch.ts` does the same
 * without OData's changesets, and is a whole program.
 */
import {
  MultipartReader,
  MultipartWriter,
  type PartReader,
} from "@tributary/multipart";
import { addMessage, readMessage } from "./http_message.ts";

/** A request of a batch. */
export interface Operation {
  method: string;
  /**
   * On the client, relative to the service. On the server, as the client wrote
   * it.
   */
  url: string;
  /**
   * The name for references from later operations of the changeset: `$1` refers
   * to `1`.
   */
  id?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
}

/**
 * An operation, or a changeset, whose operations are done all or not at all.
 */
export type Step = Operation | readonly Operation[];

/**
 * Sends a batch. Yields the response to each step. A successful changeset has a
 * response for each operation, and a failed one has a single response.
 *
 * @param service The service root, which ends in a slash.
 */
export async function* sendBatch(
  service: string,
  steps: Iterable<Step>,
): AsyncGenerator<Response | Response[]> {
  const batch = new MultipartWriter();
  for (const step of steps) {
    if ("method" in step) await addOperation(batch, step);
    else {
      const changeset = new MultipartWriter();
      for (const operation of step) await addOperation(changeset, operation);
      batch.append(changeset);
    }
  }
  const headers = { accept: "multipart/mixed", "odata-version": "4.0" };
  const url = `${service}$batch`;
  const response = await fetch(url, batch.toRequestInit({ headers }));
  if (!response.ok) throw new Error(`Cannot send a batch: ${response.status}`);
  for await (const part of MultipartReader.from(response, MIXED)) {
    if (part.isMultipart) yield await collect(part, readResponse);
    else yield await readResponse(part);
  }
}

/**
 * Answers a batch. After a failed step, the others are not executed, unless the
 * client prefers that.
 *
 * @param run Executes one operation, or all operations of a changeset, and
 *   returns a response for each. If a changeset fails, it undoes its changes
 *   and returns one response.
 */
export async function answerBatch(
  request: Request,
  run: (operations: Operation[]) => Promise<Response[]>,
): Promise<Response> {
  const preference = request.headers.get("prefer") ?? "";
  const goesOn = /\bcontinue-on-error\b(?!\s*=\s*"?false)/.test(preference);
  const answers = new MultipartWriter();
  for await (const part of MultipartReader.from(request, MIXED)) {
    const operations = part.isMultipart
      ? await collect(part, readOperation)
      : [await readOperation(part)];
    const responses = await run(operations);
    const failed = responses.find(({ ok }) => !ok);
    if (failed === undefined && part.isMultipart) {
      const changeset = new MultipartWriter();
      for (const [index, response] of responses.entries()) {
        await addResponse(changeset, response, operations[index]?.id);
      }
      answers.append(changeset);
    } else {
      const [response = new Response()] = failed ? [failed] : responses;
      await addResponse(answers, response, operations[0]?.id);
    }
    if (failed !== undefined && !goesOn) break;
  }
  return answers.toResponse({ headers: { "odata-version": "4.0" } });
}

// Each message is buffered, so its size and number are limited.
const limits = { parts: 100, totalBytes: 1024 * 1024 };
const MIXED = { accept: "mixed", limits, decode: false } as const;

/** Reads each part of a changeset. */
async function collect<T>(
  changeset: PartReader,
  read: (part: PartReader) => Promise<T>,
): Promise<T[]> {
  const all: T[] = [];
  for await (const part of changeset.parts()) all.push(await read(part));
  return all;
}

function addOperation(writer: MultipartWriter, operation: Operation) {
  const { method, url, id, headers, body } = operation;
  // A Response accepts any headers and body, and a Request would need an
  // absolute URL.
  const message = new Response(body, { headers });
  return addMessage(writer, `${method} ${url} HTTP/1.1`, message, fields(id));
}

async function readOperation(part: PartReader): Promise<Operation> {
  const { startLine: [method = "", url = ""], headers, body } =
    await readMessage(part);
  return { method, url, id: part.contentId, headers, body };
}

function addResponse(writer: MultipartWriter, response: Response, id?: string) {
  const startLine = `HTTP/1.1 ${response.status} ${response.statusText}`;
  return addMessage(writer, startLine, response, fields(id));
}

async function readResponse(part: PartReader): Promise<Response> {
  const { startLine: [, status], headers, body } = await readMessage(part);
  return new Response(body, { status: Number(status), headers });
}

/**
 * Returns the part's own fields. OData 4.0 requires binary, and writes no
 * brackets.
 */
function fields(id?: string): Record<string, string> {
  const encoding = { "content-transfer-encoding": "binary" };
  return id === undefined ? encoding : { ...encoding, "content-id": id };
}
