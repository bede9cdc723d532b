/**
 * Batches of OData (`$batch`, multipart/mixed with changesets), both sides:
 * functions to call from a client or a service. `batch.ts` is the same without
 * OData's changesets, and a whole program.
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
  /** Relative to the service; or as the client wrote it, on the server's side. */
  url: string;
  /** By which a later operation of the changeset refers to it: `$1` is `1`. */
  id?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
}

/** An operation, or a changeset: all of its operations are done, or none. */
export type Step = Operation | readonly Operation[];

/**
 * Sends a batch; gives the answer to each step. A changeset that is done has an
 * answer for each of its operations, one that failed has a single answer.
 *
 * @param service Its root, which ends in a slash.
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
 * Answers a batch. After a step that fails the others are not tried, unless the
 * client prefers that.
 *
 * @param run Does one operation, or all those of a changeset. It answers each;
 * where a changeset fails it undoes what it did, and answers once.
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

// Each message is held whole, so there are bounds.
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
  // A Response holds any headers and body; a Request has no relative URL.
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

/** A part's own fields. OData 4.0 asks for binary, and writes no brackets. */
function fields(id?: string): Record<string, string> {
  const encoding = { "content-transfer-encoding": "binary" };
  return id === undefined ? encoding : { ...encoding, "content-id": id };
}
