/** The part of `@std/testing/bdd` that the tests use. See `../bdd/bdd.ts`. */

export function describe(name: string, fn: () => void): void;
export function it(name: string, fn: () => void | Promise<void>): void;
export function beforeEach(fn: () => void | Promise<void>): void;
export function afterEach(fn: () => void | Promise<void>): void;
