/**
 * Runs the bundled tests where there is no runner of the runtime's own:
 * workerd and browsers borrow QUnit. The driver imports this with its
 * configuration already set, and calls it inside a request or a page.
 */
import QUnit from "qunit";
import { describeError } from "./bdd/qunit.ts";
import { MARK, type ProgressEvent } from "./progress_event.ts";
import type { BundleReport } from "./report.ts";

/** A test may put something else in its place, and may want to see nothing. */
const { log } = console;

/**
 * How long a rejection that nobody awaits may take to show itself, and how often
 * to wait that long. One timer is not enough: a busy machine fires a late timer
 * of a test and this one in the same turn, and reports the rejection after it.
 */
const settleTime = 50;
const settleTurns = 4;

/** QUnit's default of 3 s is below the limit that every runtime shares. */
const qunitTimeout = 60_000;

/** QUnit hooks these events itself, but only where there is a document. */
function watchUncaught(): void {
  if ("document" in globalThis) return;
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    QUnit.onUncaughtException(event.reason);
  });
}

/** Tells the driver how far the run is. */
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
