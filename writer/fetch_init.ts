/**
 * What is given to a request or a response besides its body: plain members, or
 * a `Request` or a `Response` whose members are its prototype's.
 *
 * @module
 */

/** What a `Request` has, of what one is made from; Content-Type and body are the writer's. */
const REQUEST_MEMBERS = [
  "cache",
  "credentials",
  "integrity",
  "keepalive",
  "mode",
  "redirect",
  "referrer",
  "referrerPolicy",
  "signal",
] as const;

const RESPONSE_MEMBERS = ["status", "statusText"] as const;

/**
 * All members of `init`, as own ones, but for the mode that no new request can
 * have. A form that a page posts has it, when a service worker passes it on.
 */
export function requestMembers(init: RequestInit): RequestInit {
  const members = withMembers(init, REQUEST_MEMBERS);
  if (members.mode === "navigate") delete members.mode;
  return members;
}

/** All members of `init`, as own ones. */
export function responseMembers(init: ResponseInit): ResponseInit {
  return withMembers(init, RESPONSE_MEMBERS);
}

function withMembers<T extends object>(
  init: T,
  names: readonly (keyof T)[],
): T {
  const members = { ...init };
  for (const name of names) {
    const value = init?.[name];
    if (value !== undefined) members[name] = value;
  }
  return members;
}
