import process from "node:process";

/**
 * Thrown in a test that needs what this machine does not have. The test is
 * skipped then, and the runner says why. In CI, which has everything, it fails.
 */
export class MissingTool extends Error {
  override name = "MissingTool";

  /** @param hint What to do, as "Install curl." */
  constructor(tool: string, hint: string) {
    super(`${tool} is missing. ${hint}`);
  }

  /** Whether an error says that a test is to be skipped. */
  static skips(error: unknown): error is MissingTool {
    return error instanceof MissingTool && !process.env["CI"];
  }
}
