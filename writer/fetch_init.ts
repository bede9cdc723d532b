/**
 * Copies the members of an init for a request or a response. An init may be a
 * `Request` or a `Response`, whose members are on the prototype.
 *
 * @module
 */

/**
 * The members of `RequestInit` that a `Request` has, except headers and body,
 * which the writer sets.
 */
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
 * Copies all members of `init`, except the mode `navigate`, which no new
 * request can have. A form that a page posts has it when a service worker
 * forwards it.
 */
export function requestMembers(init: RequestInit): RequestInit {
  const members = withMembers(init, REQUEST_MEMBERS);
  if (members.mode === "navigate") delete members.mode;
  return members;
}

/** Copies all members of `init`. */
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
