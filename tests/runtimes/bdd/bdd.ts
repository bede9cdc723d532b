/**
 * The part of `@std/testing/bdd` that the tests use, on top of any runner that
 * can register a named function. Each runtime's own runner then sees one flat
 * test per `it`, so names, hooks, time limits and counts are the same
 * everywhere.
 */

export type TestFunction = () => void | Promise<void>;

export interface Bdd {
  describe(name: string, fn: () => void): void;
  it(name: string, fn: TestFunction): void;
  beforeEach(fn: TestFunction): void;
  afterEach(fn: TestFunction): void;
}

interface Group {
  name: string;
  before: TestFunction[];
  after: TestFunction[];
}

/** In milliseconds. Every runner's own limit must be higher. */
const defaultTimeout = 30_000;

export function createBdd(
  register: (name: string, fn: () => Promise<void>) => void,
  timeout: number = defaultTimeout,
): Bdd {
  const groups: Group[] = [];

  function innermost(hook: string): Group {
    const group = groups.at(-1);
    if (group) return group;
    // In a bundle, or on Bun, such a hook would run for all other files too.
    throw new Error(`Cannot add ${hook}: it stands outside describe()`);
  }

  return {
    describe(name, fn) {
      groups.push({ name, before: [], after: [] });
      try {
        fn();
      } finally {
        groups.pop();
      }
    },
    it(name, fn) {
      // Keeps the groups, not their hooks: a hook may be added after the test
      // that it serves.
      const path = [...groups];
      const title = [...path.map((group) => group.name), name].join(" > ");
      register(title, () => withTimeout(() => runTest(path, fn), timeout));
    },
    beforeEach: (fn) => void innermost("beforeEach").before.push(fn),
    afterEach: (fn) => void innermost("afterEach").after.push(fn),
  };
}

async function runTest(path: Group[], fn: TestFunction): Promise<void> {
  const [group, ...inner] = path;
  if (!group) return await fn();
  for (const hook of group.before) await hook();
  try {
    await runTest(inner, fn);
  } finally {
    for (const hook of group.after) await hook();
  }
}

async function withTimeout(
  fn: () => Promise<void>,
  timeout: number,
): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`The test took more than ${timeout} ms`)),
    timeout,
  );
  try {
    await Promise.race([fn(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
