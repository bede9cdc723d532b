/** Prevents a request's Host from changing its path, for `upload/handler.ts`. */

/**
 * Whether Host names only a host, or is missing, as in HTTP/2. Some servers put
 * it before the path without a check, so that a request for `/a` with
 * `Host: localhost/b?` would become one for `/b`. Other values are answered
 * with 400 (RFC 9112, section 3.2).
 */
export function hasValidHost(headers: Headers): boolean {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d*)?$/i.test(
    headers.get("host") ?? "localhost",
  );
}
