import type { Bundle } from "./bundle.ts";
import type { Progress } from "./progress.ts";

/** The options of a test run besides its files. */
export interface RunOptions {
  /** Aborting it ends the run, even one that hangs. */
  signal: AbortSignal;
  /** Receives the progress of the run. */
  progress?: Progress;
}

/** The result of the tests on one runtime. */
export interface RunReport {
  /** The names of the tests that ran, whether they passed or failed. */
  names: string[];
  passed: number;
  failed: number;
  /** Why tests were skipped, one reason per test. */
  skipped: string[];
  /** The runner's own output, to show if tests fail. */
  details: string;
}

/** The JSON that a bundle in workerd or a browser returns. */
export interface BundleReport {
  tests: { name: string; failures: string[] }[];
  uncaught: string[];
}

export function fromBundle(
  { tests, uncaught }: BundleReport,
  bundle: Bundle,
): RunReport {
  const bad = tests.filter((test) => test.failures.length > 0);
  return {
    names: tests.map((test) => test.name),
    passed: tests.length - bad.length,
    failed: bad.length + uncaught.length,
    skipped: [],
    details: bundle.withSourcePositions([
      ...bad.map((test) => `${test.name}\n${test.failures.join("\n")}`),
      ...uncaught.map((error) => `uncaught: ${error}`),
    ].join("\n\n")),
  };
}

/**
 * Reads the JUnit XML that Deno, Bun and Node write. A failing exit code counts
 * too: a module that does not load, or an error after the last test, appears in
 * no test case.
 */
export function fromJUnit(
  xml: string,
  exitCode: number | null,
  details: string,
  files: readonly string[],
): RunReport {
  const paths = new Set(files.map((file) => file.replace("./", "")));
  const names: string[] = [];
  const skipped: string[] = [];
  let failed = 0;
  for (const chunk of xml.split("<testcase ").slice(1)) {
    const head = chunk.slice(0, endOfTag(chunk));
    const content = head.endsWith("/") ? "" : chunk.split("</testcase>", 1)[0];
    if (content?.includes("<skipped")) {
      const [, reason] = /<skipped\b[^>]* message="([^"]*)"/.exec(content) ??
        [];
      // Tests that the filter leaves out have no reason.
      if (reason) skipped.push(unescapeXml(reason));
      continue;
    }
    const name = unescapeXml(/\bname="([^"]*)"/.exec(head)?.[1] ?? "");
    const isFailure = /<(failure|error)\b/.test(content ?? "");
    // Node reports a file in which no test ran as a passed test.
    if (!isFailure && paths.has(name.replaceAll("\\", "/"))) continue;
    names.push(name);
    if (isFailure) failed++;
  }
  const passed = names.length - failed;
  if (exitCode !== 0 && failed === 0) failed = 1;
  return { names, passed, failed, skipped, details };
}

/**
 * Finds the position of the `>` that ends a tag. Node does not escape `>` in
 * values.
 */
function endOfTag(chunk: string): number {
  let quoted = false;
  for (let i = 0; i < chunk.length; i++) {
    if (chunk[i] === '"') quoted = !quoted;
    else if (chunk[i] === ">" && !quoted) return i;
  }
  return chunk.length;
}

function unescapeXml(text: string): string {
  return text
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&apos;", "'").replaceAll("&amp;", "&")
    // Node escapes quotation marks twice, so this comes after "&amp;".
    .replaceAll("&quot;", '"');
}
