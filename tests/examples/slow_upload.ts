/** A form that comes more slowly than a shortened `requestTimeout` allows. */
import { once } from "node:events";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Target } from "./hostile_requests.ts";

/** What a program's environment needs, so that Node shortens its timeouts. */
export const SHORT_TIMEOUTS = {
  NODE_OPTIONS: `--import=${new URL("short_timeouts.ts", import.meta.url)}`,
};

/**
 * Sends a form for most of a second; gives the answer's status.
 *
 * @param input The name that the server has a file under.
 */
export async function sendSlowly(
  { url, method = "POST", headers = {} }: Target,
  input = "a",
): Promise<number | undefined> {
  const sent = request(url, {
    method,
    agent: false,
    headers: { ...headers, "content-type": "multipart/form-data; boundary=b" },
  });
  const answered = once(sent, "response");
  answered.catch(() => {}); // It is awaited below.
  sent.write("--b\r\nContent-Disposition: form-data; ");
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
