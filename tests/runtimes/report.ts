import type { Bundle } from "./bundle.ts";
import type { Progress } from "./progress.ts";

/** What a run of the tests is given besides their files. */
export interface RunOptions {
  /** Ends the run, whatever hangs in it. */
  signal: AbortSignal;
  /** Hears how far the run has come. */
  progress?: Progress;
}

/** What one runtime's run of the tests came to. */
export interface RunReport {
  /** Names of the tests that ran, passed or failed. */
  names: string[];
  passed: number;
  failed: number;
  /** Why tests were skipped: one reason for each of them. */
  skipped: string[];
  /** What to show of the failures: the runner's own output. */
  details: string;
}

/** What a bundle in workerd or a browser hands back, as JSON. */
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
 * Reads the JUnit XML that Deno, Bun and Node write. An exit code alone also
 * counts: a module that does not load, or an error after the last test, stands
 * in no test case.
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
      // What a filter leaves out has no reason.
      if (reason) skipped.push(unescapeXml(reason));
      continue;
    }
    const name = unescapeXml(/\bname="([^"]*)"/.exec(head)?.[1] ?? "");
    const isFailure = /<(failure|error)\b/.test(content ?? "");
    // Node makes a passed test of a file in which no test ran.
    if (!isFailure && paths.has(name.replaceAll("\\", "/"))) continue;
    names.push(name);
    if (isFailure) failed++;
  }
  const passed = names.length - failed;
  if (exitCode !== 0 && failed === 0) failed = 1;
  return { names, passed, failed, skipped, details };
}

/** The position of the `>` that ends a tag; Node leaves `>` bare in values. */
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
    // Node escapes a quotation mark twice, so it is undone behind "&amp;".
    .replaceAll("&quot;", '"');
}
