/**
 * Runs the bundled tests with QUnit in workerd and browsers, which have no test
 * runner of their own. The driver imports this after it has set the
 * configuration, and calls it inside a request or a page.
 */
import QUnit from "qunit";
import { describeError } from "./bdd/qunit.ts";
import { MARK, type ProgressEvent } from "./progress_event.ts";
import type { BundleReport } from "./report.ts";

/** Kept here because a test may replace it. */
const { log } = console;

/**
 * How long an unhandled rejection may take to show, and how often to wait that
 * long. One timer is not enough: a busy machine may fire a test's late timer
 * and this one in the same turn, and report the rejection afterwards.
 */
const settleTime = 50;
const settleTurns = 4;

/** QUnit's default of 3 s is less than the limit that all runtimes share. */
const qunitTimeout = 60_000;

/** QUnit listens for these events itself, but only if there is a document. */
function watchUncaught(): void {
  if ("document" in globalThis) return;
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    QUnit.onUncaughtException(event.reason);
  });
}

/** Tells the driver about progress. */
function tell(event: ProgressEvent): void {
  log(MARK + JSON.stringify(event));
}

export async function runBundle(
  load: () => Promise<void>,
  filter: string,
): Promise<BundleReport> {
  const report: BundleReport = { tests: [], uncaught: [] };
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  QUnit.config.testTimeout = qunitTimeout;
  QUnit.on("error", (error) => report.uncaught.push(describeError(error)));
  QUnit.on("runStart", ({ testCounts }) => tell({ total: testCounts.total }));
  QUnit.on("testStart", ({ fullName }) => {
    tell({ begins: fullName.join(" > ") });
  });
  QUnit.on("testEnd", ({ fullName, status, errors }) => {
    tell({ ends: fullName.join(" > ") });
    if (status === "skipped") return;
    report.tests.push({
      name: fullName.join(" > "),
      failures: errors.map((error) => error.message ?? "failed"),
    });
  });
  QUnit.on("runEnd", () => resolve());
  if (filter) QUnit.config.filter = `/${filter}/`;
  watchUncaught();
  await load();
  QUnit.start();
  await ended;
  for (let turn = 0; turn < settleTurns; turn++) {
    await new Promise((resolve) => setTimeout(resolve, settleTime));
  }
  return report;
}
