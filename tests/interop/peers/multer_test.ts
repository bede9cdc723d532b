import type { IncomingMessage, ServerResponse } from "node:http";
import {
  decodesPercent,
  keepsEncodings,
  leavesOut,
} from "../harness/differences.ts";
import { formReadings } from "../harness/form_readings.ts";
import { interop } from "../harness/interop.ts";
import { read, readRequestInit } from "../harness/middleware.ts";
import { importInstalled, installedVersion } from "../harness/npm.ts";
import { sha256 } from "../harness/parts.ts";
import type { Difference, ToldPart } from "../harness/peer.ts";

/** The part of multer's API that is used here. */
interface Multer {
  (options: Record<string, unknown>): {
    any(): (
      request: IncomingMessage,
      response: ServerResponse,
      next: (error?: unknown) => void,
    ) => void;
  };
  memoryStorage(): unknown;
}

/**
 * Multer makes a list of `a[]` and of repeated names, and an object of `a[b]`.
 */
type Value = string | readonly Value[] | { readonly [key: string]: Value };

/** The properties that multer adds to a request. */
interface Parsed {
  body?: Readonly<Record<string, Value>>;
  files?: {
    fieldname: string;
    originalname: string;
    mimetype: string;
    buffer: Uint8Array;
  }[];
}

async function tell(
  request: IncomingMessage & Parsed,
  response: ServerResponse,
): Promise<ToldPart[]> {
  const { default: multer } = await importInstalled<{ default: Multer }>(
    "multer",
  );
  const upload = multer({
    storage: multer.memoryStorage(),
    defParamCharset: "utf8",
    preservePath: true,
  });
  await new Promise<void>((resolve, reject) => {
    upload.any()(request, response, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  const fields = Object.entries(request.body ?? {})
    .flatMap(([name, value]) => tellFields(name, value));
  const files = (request.files ?? []).map((file) => ({
    ...told(file.fieldname, file.buffer),
    filename: file.originalname,
    type: file.mimetype,
  }));
  return [...fields, ...files];
}

function told(name: string, bytes: Uint8Array): ToldPart {
  return { name, length: bytes.length, sha256: sha256(bytes) };
}

function tellFields(name: string, value: Value): ToldPart[] {
  if (typeof value === "string") {
    return [told(name, new TextEncoder().encode(value))];
  }
  return Object.entries(value).flatMap(([key, inner]) => {
    const isList = Array.isArray(value);
    // A list at the top level stands for a repeated name.
    const isRepeated = isList && !name.includes("[");
    return tellFields(
      isRepeated ? name : isList ? `${name}[]` : `${name}[${key}]`,
      inner,
    );
  });
}

const differs: Readonly<Record<string, Difference>> = {
  ...keepsEncodings,
  "quotes in names": decodesPercent,
  "line breaks in names": decodesPercent,
  "an empty name": { refuses: /Field name missing/ },
  "an empty file name": leavesOut(({ filename }) => filename === ""),
  "bytes without a file name": leavesOut(() => true),
  "bytes of no file": leavesOut(() => true),
};

interop({
  name: "multer",
  hint: "Run npm install.",
  version: () => installedVersion("multer"),
  reads: formReadings({
    "with a length": (message) => read(tell, message),
    "requestInit()": (message) => readRequestInit(tell, message),
  }, differs),
});
