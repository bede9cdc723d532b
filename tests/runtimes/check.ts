/**
 * The part of the gate that runs no tests: format, lint, types, documentation,
 * a dry run of publishing, and the API report. All steps run even if one fails,
 * so that one call names everything that is wrong.
 */
import { globSync } from "node:fs";
import process from "node:process";
import { root } from "./names.ts";
import { execute, installed, nodePath } from "./processes.ts";

const entries = [
  "mod.ts",
  "reader/mod.ts",
  "reader/form/mod.ts",
  "storage/disk.ts",
  "writer/mod.ts",
];

/**
 * The folders of all other TypeScript. Naming each file would exceed the length
 * of a command on Windows.
 */
const users = ["bench", "docs", "examples", "scripts", "tests"];

/** The library's own files. Their examples are run. */
const library = globSync("{reader,storage,wire,writer}/**/*.ts", {
  cwd: root,
  exclude: entries,
}).sort();

const steps: [name: string, args: string[]][] = [
  ["deno fmt", ["fmt", "--check"]],
  ["deno lint", ["lint"]],
  ["deno check", [
    "check",
    // The machines that build this cannot load JSR's types.
    "--import-map=tests/runtimes/check_imports.json",
    ...entries,
    ...users,
  ]],
  ["deno doc", ["doc", "--lint", ...entries]],
  ["deno test --doc", [
    "test",
    "--doc",
    "--import-map=tests/runtimes/check_imports.json",
    ...entries,
    ...library,
  ]],
  ["deno publish", ["publish", "--dry-run", "--allow-dirty"]],
  ["API report", ["scripts/api_report.ts", "--check"]],
];

const deno = installed("deno");
const node = nodePath();
if (!deno || !node) {
  console.error("Cannot check: Deno or Node 24 is missing. Run npm install.");
  process.exit(1);
}

for (const [name, args] of steps) {
  const { exitCode, output } = await execute(
    name.startsWith("deno ") ? deno : node,
    args,
  );
  if (exitCode === 0) {
    console.log(`${name.padEnd(28)} ok`);
  } else {
    const details = output.replaceAll(/^Check .*\n/gm, "").trimEnd();
    console.log(`\n--- ${name}\n${details}\n---`);
    console.log(`${name.padEnd(28)} FAILED`);
    process.exitCode = 1;
  }
}
