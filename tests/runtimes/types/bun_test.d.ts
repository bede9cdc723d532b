export function test(
  name: string,
  fn: () => void | Promise<void>,
  timeout?: number,
): void;
export function afterAll(fn: () => void | Promise<void>): void;
