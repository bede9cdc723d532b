/**
 * Loads test files without running a test, and prints as JSON what each of them
 * started meanwhile:
 *
 *     node --import ./tests/runtimes/node_hooks.ts load.ts FILE...
 */
import { createHook } from "node:async_hooks";
import childProcess from "node:child_process";
import { registerHooks, syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** Node's own names for a process, a thread, a server and a connection. */
const STARTED = /^(PROCESSWRAP|WORKER|\w+SERVERWRAP|TCPWRAP|\w+CONNECTWRAP)$/;

const runners = ["@std/testing/bdd", "node:test"];
const noTests = new URL("no_tests.ts", import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    return nextResolve(
      runners.includes(specifier) ? noTests : specifier,
      context,
    );
  },
});

let started: string[] = [];

createHook({
  init(_id, type) {
    if (STARTED.test(type)) started.push(type);
  },
}).enable();

// A process that is waited for has ended by the time that it is seen.
for (const name of ["execFileSync", "execSync", "spawnSync"] as const) {
  Object.assign(childProcess, { [name]: () => void started.push(name) });
}
syncBuiltinESMExports();

const found: Record<string, string[]> = {};
for (const file of process.argv.slice(2)) {
  started = [];
  try {
    await import(pathToFileURL(file).href);
    // What a promise begins, which the module did not wait for.
    await new Promise((resolve) => setTimeout(resolve, 5));
  } catch (error) {
    started.push(String(error));
  }
  if (started.length > 0) found[file] = started;
}
process.stdout.write(JSON.stringify(found), () => process.exit());
