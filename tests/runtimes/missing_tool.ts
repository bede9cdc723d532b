import process from "node:process";

/**
 * Thrown by a test that needs something this machine lacks. The runner then
 * skips the test and says why. In CI, which has everything, the test fails.
 */
export class MissingTool extends Error {
  override name = "MissingTool";

  /** @param hint What to do, such as "Install curl." */
  constructor(tool: string, hint: string) {
    super(`${tool} is missing. ${hint}`);
  }

  /** Whether the error means that the test is to be skipped. */
  static skips(error: unknown): error is MissingTool {
    return error instanceof MissingTool && !process.env["CI"];
  }
}
