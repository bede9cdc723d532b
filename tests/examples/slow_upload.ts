/** A form that arrives more slowly than a shortened `requestTimeout` allows. */
import { once } from "node:events";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "./hostile_requests.ts";

/** The environment in which Node shortens its timeouts. */
export const SHORT_TIMEOUTS = {
  NODE_OPTIONS: `--import=${new URL("short_timeouts.ts", import.meta.url)}`,
};

/**
 * Sends a form for almost a second. Returns the response's status.
 *
 * @param input The field name that the server expects for a file.
 * @param field The name of a text field that the server requires, if any.
 */
export async function sendSlowly(
  { url, method = "POST", headers = {} }: Target,
  input = "a",
  field?: string,
): Promise<number | undefined> {
  const sent = request(url, {
    method,
    agent: false,
    headers: { ...headers, "content-type": "multipart/form-data; boundary=b" },
  });
  const answered = once(sent, "response");
  answered.catch(() => {}); // It is awaited below.
  const head = "--b\r\nContent-Disposition: form-data; ";
  if (field) sent.write(`${head}name="${field}"\r\n\r\n1\r\n`);
  sent.write(head);
  sent.write(`name="${input}"; filename="a.txt"\r\n\r\n`);
  for (let piece = 0; piece < 8 && !sent.destroyed; piece++) {
    await sleep(100);
    sent.write("x".repeat(1000));
  }
  sent.end("\r\n--b--\r\n");
  const [response] = await answered;
  response.resume();
  return response.statusCode;
}
