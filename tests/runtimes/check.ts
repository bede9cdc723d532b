/**
 * The part of the gate that runs no test: format, lint, types, documentation
 * and a dry run of publishing. Every step runs, so that one call names all that
 * is wrong.
 */
import { globSync } from "node:fs";
import process from "node:process";
import { root } from "./names.ts";
import { execute, installed } from "./processes.ts";

const entries = ["mod.ts", "reader/mod.ts", "writer/mod.ts"];

/** All TypeScript outside the library, which the entries cover. */
const users = globSync("{bench,examples,tests}/**/*.ts", {
  cwd: root,
  exclude: ["**/node_modules/**", "**/*.d.ts"],
}).sort();

/** The library's own files, whose examples are run. */
const library = globSync("{reader,wire,writer}/*.ts", {
  cwd: root,
  exclude: entries,
}).sort();

const steps: [name: string, args: string[]][] = [
  ["deno fmt", ["fmt", "--check"]],
  ["deno lint", ["lint"]],
  ["deno check", [
    "check",
    // JSR's types are out of reach of the machines that build this.
    "--import-map=tests/runtimes/check_imports.json",
    ...entries,
    ...users,
    "tests/runtimes/types/bun_globals.d.ts",
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
];

const deno = installed("deno");
if (!deno) {
  console.error("Cannot check: Deno is not installed. Run npm install.");
  process.exit(1);
}

for (const [name, args] of steps) {
  const { exitCode, output } = await execute(deno, args);
  if (exitCode === 0) {
    console.log(`${name.padEnd(28)} ok`);
  } else {
    const details = output.replaceAll(/^Check .*\n/gm, "").trimEnd();
    console.log(`\n--- ${name}\n${details}\n---`);
    console.log(`${name.padEnd(28)} FAILED`);
    process.exitCode = 1;
  }
}
