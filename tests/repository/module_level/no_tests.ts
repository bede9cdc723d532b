/** Replaces the test runners: it accepts tests and hooks, and runs none. */

export function describe(_name: string, fn: () => void): void {
  fn();
}

function ignore(): void {}

export {
  ignore as after,
  ignore as afterEach,
  ignore as before,
  ignore as beforeEach,
  ignore as it,
  ignore as test,
};
