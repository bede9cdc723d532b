/**
 * Requests that every server must refuse, and what its responses must not
 * contain.
 */
import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { root } from "../runtimes/names.ts";

/** How to send requests to a server. */
export interface Target {
  url: string;
  method?: string;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  type: string;
  body: string;
}

interface HostileRequest {
  name: string;
  type?: string;
  body?: string;
  status: number;
}

/** `readForm()` accepts this type, and then reports the missing fields. */
const URL_ENCODED = "application/x-www-form-urlencoded";

const PART =
  '--b\r\nContent-Disposition: form-data; name="a"; filename="a.txt"\r\n\r\nOslo\r\n';

/** Each fault appears only when the form is read. */
const hostileRequests: HostileRequest[] = [
  { name: "an empty body without a type", status: 415 },
  {
    name: "a form of another type",
    type: "text/plain",
    body: "a",
    status: 415,
  },
  {
    name: "JSON",
    type: "application/json",
    body: '{"__proto__": 1}',
    status: 415,
  },
  { name: "a type that cannot be read", type: "/", body: "a", status: 415 },
  { name: "no boundary", type: "multipart/SUBTYPE", body: "a", status: 400 },
  {
    name: "two boundaries",
    type: "multipart/SUBTYPE; boundary=b; boundary=c",
    body: `${PART}--b--`,
    status: 400,
  },
  {
    name: "a body that ends in a part",
    type: "multipart/SUBTYPE; boundary=b",
    body: PART,
    status: 400,
  },
  {
    name: "a body that ends in a head",
    type: "multipart/SUBTYPE; boundary=b",
    body: `${PART}--b\r\nContent-`,
    status: 400,
  },
  {
    name: "a head too large",
    type: "multipart/SUBTYPE; boundary=b",
    body: `--b\r\nx: ${"x".repeat(20_000)}\r\n\r\n\r\n--b--`,
    status: 431,
  },
  {
    name: "too many header fields",
    type: "multipart/SUBTYPE; boundary=b",
    body: `--b\r\n${"x: y\r\n".repeat(100)}\r\n\r\n--b--`,
    status: 431,
  },
];

/** Sends one request on a connection of its own. */
export async function send(
  { url, method = "POST", headers = {} }: Target,
  type?: string,
  body = "",
): Promise<Answer> {
  const sent = request(url, {
    method,
    agent: false,
    headers: {
      ...headers,
      ...(type === undefined ? {} : { "content-type": type }),
      "content-length": String(body.length),
    },
  });
  const answered = once(sent, "response");
  sent.on("error", () => {}); // A server may hang up after its response.
  sent.end(body);
  const [response] = await answered;
  return {
    status: response.statusCode,
    type: response.headers["content-type"] ?? "",
    body: await text(response).catch(() => ""),
  };
}

/** Asserts that a response reveals nothing about the program. */
export function assertTellsNothing(answer: Answer, label: string): void {
  assertNotMatch(
    answer.body,
    /file:|\bnode_modules\b|\/tmp\/|\.[cm]?[jt]sx?\b|^\s+at |\bawait\b|=>/m,
    label,
  );
  assert(!answer.body.includes(root), label);
  assert(answer.body.length < 1000, `${label}: ${answer.body}`);
  assertNotMatch(answer.type, /html/, label);
}

/** The multiparts that a form server is sent. */
export const SUBTYPES = [
  ...["form-data", "mixed", "related", "x-mixed-replace"],
  ...["byteranges", "alternative"],
];

/**
 * Sends each hostile request, and a complete multipart of each subtype that the
 * server does not accept. Asserts that the server refuses them properly.
 */
export async function assertRefuses(
  target: Target,
  accepts: readonly string[],
): Promise<void> {
  const [own = ""] = accepts;
  for (const { name, type, body, status } of hostileRequests) {
    const answer = await send(target, type?.replace("SUBTYPE", own), body);
    assertEquals(answer.status, status, `${name}: ${answer.body}`);
    assertTellsNothing(answer, name);
  }
  const answer = await send(target, URL_ENCODED, "a=b");
  const status = accepts.includes("urlencoded") ? 400 : 415;
  assertEquals(answer.status, status, answer.body);
  assertTellsNothing(answer, URL_ENCODED);
  for (const subtype of SUBTYPES) {
    if (accepts.includes(subtype)) continue;
    const type = `multipart/${subtype}; boundary=b`;
    const answer = await send(target, type, `${PART}--b--\r\n`);
    assertEquals(answer.status, 415, `${type}: ${answer.body}`);
    assertTellsNothing(answer, type);
  }
}
