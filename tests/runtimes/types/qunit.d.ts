interface TestStart {
  fullName: string[];
}

interface TestEnd extends TestStart {
  status: "passed" | "failed" | "skipped" | "todo";
  errors: { message?: string; stack?: string }[];
}

interface RunStart {
  testCounts: { total: number };
}

interface Assert {
  pushResult(result: { result: boolean; message: string }): void;
}

interface QUnit {
  config: { filter: string; testTimeout: number };
  test(
    name: string,
    fn: (assert: Assert) => Promise<void>,
  ): void;
  on(event: "runStart", listener: (data: RunStart) => void): void;
  on(event: "testStart", listener: (data: TestStart) => void): void;
  on(event: "testEnd", listener: (data: TestEnd) => void): void;
  on(event: "runEnd", listener: () => void): void;
  on(event: "error", listener: (error: unknown) => void): void;
  onUncaughtException(error: unknown): void;
  start(): void;
}

declare const qunit: QUnit;
export default qunit;
