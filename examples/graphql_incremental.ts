/**
 * Shows the answer to a GraphQL query with `@defer` or `@stream` as it grows:
 * `deno run --allow-net examples/graphql_incremental.ts http://localhost:4000/graphql '{ a ... @defer { b } }'`.
 * In a browser, import `ask`.
 */
import { MultipartReader, type PartReader } from "@tributary/multipart";
import { type Answer, apply, type Patch } from "./graphql_patch.ts";

/** One part: `data` first, and then what is to be put into it. */
interface Payload {
  data?: unknown;
  errors?: unknown[];
  incremental?: Patch[];
}

/** Asks, and gives the answer each time that there is more of it. */
export async function* ask(url: string, query: string): AsyncGenerator<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      accept: "multipart/mixed; deferSpec=20220824, application/json",
      "content-type": "application/json",
    },
    body: JSON.stringify({ query }),
  });
  const type = response.headers.get("content-type") ?? "";
  const answer: Answer = { errors: [] };
  if (!type.startsWith("multipart/")) {
    return yield { ...answer, ...await response.json() };
  }
  for await (const part of MultipartReader.from(response)) {
    const { incremental = [], ...rest } = await readPayload(part);
    if (rest.data !== undefined) answer.data = rest.data;
    for (const patch of incremental) apply(patch, answer);
    for (const { errors = [] } of [rest, ...incremental]) {
      answer.errors.push(...errors);
    }
    yield answer;
  }
}

/**
 * Gives a payload with its last brace: some servers end the delimiter behind it
 * only when the next one comes. No beginning of an object is JSON.
 */
async function readPayload(part: PartReader): Promise<Payload> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of part) {
    text += decoder.decode(chunk, { stream: true });
    try {
      return JSON.parse(text);
    } catch { /* There is more of it. */ }
  }
  return JSON.parse(text || "{}");
}

if (import.meta.main) {
  const [url = "", query = ""] = Deno.args;
  for await (const answer of ask(url, query)) {
    console.log(JSON.stringify(answer));
  }
}
