/**
 * Shows the answer to a GraphQL query with `@defer` or `@stream` as it grows:
 * `deno run --allow-net examples/graphql_incremental.ts http://localhost:4000/graphql '{ a ... @defer { b } }'`.
 * In a browser, import `ask`.
 */
import { MultipartReader, type PartReader } from "@tributary/multipart";
import {
  type Answer,
  apply,
  type Patch,
  type Path,
  type Pending,
  type PendingPatch,
  placed,
} from "./graphql_patch.ts";

// The payloads are buffered, and so is the answer that they make.
const limits = { totalBytes: 16 * 1024 * 1024 };

/**
 * One part: `data` first, and then the patches. Before GraphQL 17, each patch
 * had its path. Now it has the id of something that was `pending`.
 */
interface Payload {
  data?: unknown;
  errors?: unknown[];
  pending?: Pending[];
  incremental?: (Patch | PendingPatch)[];
  completed?: { id: string; errors?: unknown[] }[];
}

/** Sends the query, and yields the answer each time that it has grown. */
export async function* ask(url: string, query: string): AsyncGenerator<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      // Each version of the format has its own name.
      accept: "multipart/mixed; incrementalSpec=v0.2, " +
        "multipart/mixed; deferSpec=20220824, application/json",
      "content-type": "application/json",
    },
    body: JSON.stringify({ query }),
  });
  const type = response.headers.get("content-type") ?? "";
  const answer: Answer = { errors: [] };
  if (!/^(multipart\/|application\/.*json)/i.test(type)) {
    throw new Error(`Cannot ask ${url}: ${response.status}`);
  }
  if (!/^multipart\//i.test(type)) {
    return yield { ...answer, ...await response.json() };
  }
  const places = new Map<string, Path>();
  for await (const part of MultipartReader.from(response, { limits })) {
    const { pending = [], incremental = [], completed = [], ...rest } =
      await readPayload(part);
    if (rest.data !== undefined) answer.data = rest.data;
    for (const { id, path } of pending) places.set(id, path);
    for (const patch of incremental) {
      apply(placed(patch, places, answer), answer);
    }
    for (const { errors = [] } of [rest, ...incremental, ...completed]) {
      answer.errors.push(...errors);
    }
    for (const { id } of completed) places.delete(id);
    yield answer;
  }
}

/**
 * Reads a payload up to its last brace: some servers complete the delimiter
 * after it only when the next payload comes.
 */
async function readPayload(part: PartReader): Promise<Payload> {
  const decoder = new TextDecoder();
  const isWhole = braceCounter();
  let text = "";
  for await (const chunk of part) {
    text += decoder.decode(chunk, { stream: true });
    if (isWhole(chunk)) break;
  }
  return JSON.parse(text || "{}");
}

/**
 * Returns a function that takes the chunks of an object's JSON, and tells
 * whether its last brace has arrived. Trying `JSON.parse` for each chunk would
 * be quadratic.
 */
function braceCounter(): (chunk: Uint8Array) => boolean {
  const [quote, backslash, open, close] = new TextEncoder().encode('"\\{}');
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  return (chunk) => {
    // All four characters are ASCII, so they cannot be part of a longer UTF-8
    // character.
    for (const byte of chunk) {
      if (isEscaped) isEscaped = false;
      else if (byte === quote) isInString = !isInString;
      else if (isInString) isEscaped = byte === backslash;
      else if (byte === open) depth++;
      else if (byte === close && --depth === 0) return true;
    }
    return false;
  };
}

if (import.meta.main) {
  const [url = "", query = ""] = Deno.args;
  for await (const answer of ask(url, query)) {
    console.log(JSON.stringify(answer));
  }
}
