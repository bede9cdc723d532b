/** Values that are instances of no class of this realm. */

/**
 * Makes `value` one of another realm, as an iframe or a virtual machine gives
 * it: it is what it was, but an instance of no class that is known here.
 */
export function foreign<T extends object>(value: T): T {
  let prototype: object | null = null;
  const chain: object[] = [];
  for (
    let at = Object.getPrototypeOf(value);
    at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) chain.unshift(at);
  for (const known of chain) {
    prototype = Object.create(
      prototype,
      Object.getOwnPropertyDescriptors(known),
    );
  }
  return Object.setPrototypeOf(value, prototype);
}

/** The same of what a runtime writes in JavaScript: all that it can do, it can. */
export function polyfilled<T extends object>(value: T): T {
  const lookalike = {};
  for (
    let at: object = value;
    at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const key of Reflect.ownKeys(at)) {
      if (key === "constructor" || Object.hasOwn(lookalike, key)) continue;
      Object.defineProperty(lookalike, key, {
        get() {
          const member = Reflect.get(value, key);
          return typeof member === "function" ? member.bind(value) : member;
        },
      });
    }
  }
  return lookalike as T;
}
