import {
  bytesOf,
  hasMethod,
  isAsyncIterable,
  isBlob,
  isIterable,
  isReadableStream,
  tagOf,
} from "../../wire/type_guards.ts";
import type { ForwardedPart, MultipartBody, MultipartContent } from "./body.ts";
import { asBody, type Body, OCTET_STREAM } from "../part/body_plan.ts";
import { labelOf, type PartLabel, readerOf } from "../part/body_reader.ts";
import { firstValue } from "../part/header_list.ts";
import { formBody } from "./form_entries.ts";
import { statedNestingProblem } from "../part/nesting.ts";
import { forwardedBody, iterableBody, streamBody } from "./one_time_bodies.ts";
import { BlobBody, BytesBody, TextBody } from "./repeatable_bodies.ts";

/**
 * Detects the type of `body`. A value from another realm or a polyfill is what
 * it claims to be.
 *
 * @throws {TypeError} If it cannot be written.
 */
export function describeBody(body: MultipartBody, label: PartLabel): Body {
  return typeof body === "function"
    ? functionBody(body)
    : describeContent(body, label);
}

function describeContent(body: MultipartContent, label: PartLabel): Body {
  if (typeof body === "string") return new TextBody(body);
  if (typeof body !== "object" || body === null) throw invalidBody();
  const multipart = asBody(body);
  if (multipart !== undefined) return multipart;
  const bytes = bytesOf(body);
  if (bytes) return new BytesBody(bytes);
  if (bytes === null) {
    throw new TypeError(
      `Cannot write ${labelOf(label)}: its buffer is detached`,
    );
  }
  if (isBlob(body)) return new BlobBody(body);
  if (isUrlSearchParams(body)) {
    return new TextBody(body.toString(), "application/x-www-form-urlencoded");
  }
  if (isFormData(body)) return formBody(body);
  if (isResponse(body)) return describeResponse(body);
  if (isForwardedPart(body)) return forwardedBody(body);
  if (isReadableStream(body)) return streamBody(body);
  if (isAsyncIterable(body)) return iterableBody(body);
  throw invalidBody();
}

function invalidBody(): TypeError {
  return new TypeError(
    "Cannot write the body: it is not text, bytes, a Blob, a form, a " +
      "response, a stream, an async iterable, a part or a multipart",
  );
}

function describeResponse(response: Response): Body {
  if (response.body !== null) return streamBody(response.body, response);
  const type = response.headers.get("content-type");
  return new TextBody("", type ?? OCTET_STREAM, true);
}

/** A body from a function, which is called when the body is opened. */
function functionBody(
  make: () => MultipartContent | Promise<MultipartContent>,
): Body {
  return {
    isFile: true,
    plan: (around) => ({
      isLive: true,
      async open(label) {
        const body = describeContent(await make(), label);
        const plan = body.plan(around);
        const type = body.type ??
          firstValue(body.forwarded ?? [], "content-type") ?? "";
        const own = plan.problem?.();
        const problem = own ?? statedNestingProblem(type, around);
        if (problem === undefined) return await plan.open(label);
        const error = new TypeError(
          `Cannot write ${labelOf(label)}, which a function gave: ${problem}`,
        );
        // Nothing else may refer to it, and a response would stay open.
        if (own === undefined) {
          readerOf(await plan.open(label), "").cancel(error).catch(() => {});
        }
        throw error;
      },
    }),
  };
}

/**
 * Goes by the members, since the part may come from another copy of this
 * library.
 */
export function isForwardedPart(value: object): value is ForwardedPart {
  return "headers" in value && "transferEncoding" in value &&
    hasMethod(value, "stream") && isAsyncIterable(value);
}

function isUrlSearchParams(value: object): value is URLSearchParams {
  return value instanceof URLSearchParams ||
    (tagOf(value) === "URLSearchParams" && isIterable(value));
}

/** Whether `value` is a FormData, of any realm or a polyfill. */
export function isFormData(value: object): value is FormData {
  return value instanceof FormData ||
    (tagOf(value) === "FormData" && isIterable(value));
}

function isResponse(value: object): value is Response {
  if (value instanceof Response) return true;
  return tagOf(value) === "Response" && "headers" in value &&
    hasMethod(value.headers, "get") && "body" in value &&
    (value.body === null || isReadableStream(value.body));
}
