/** Values that are not instances of any class of this realm. */

/**
 * Turns `value` into a value of another realm, as from an iframe or a virtual
 * machine: it works as before, but is not an instance of this realm's classes.
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

/**
 * The same for a class that a runtime implements in JavaScript: an object with
 * all its members.
 */
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
