/**
 * Loads test files without running their tests, and prints as JSON what each of
 * them started meanwhile:
 *
 *     node --import ./tests/runtimes/node_hooks.ts load.ts FILE...
 */
import { createHook } from "node:async_hooks";
import childProcess from "node:child_process";
import { registerHooks, syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** Node's names for a process, a thread, a server and a connection. */
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

// A synchronous process has ended before it could be observed.
for (const name of ["execFileSync", "execSync", "spawnSync"] as const) {
  Object.assign(childProcess, { [name]: () => void started.push(name) });
}
syncBuiltinESMExports();

const found: Record<string, string[]> = {};
for (const file of process.argv.slice(2)) {
  started = [];
  try {
    await import(pathToFileURL(file).href);
    // Waits for what a promise starts that the module did not await.
    await new Promise((resolve) => setTimeout(resolve, 5));
  } catch (error) {
    started.push(String(error));
  }
  if (started.length > 0) found[file] = started;
}
process.stdout.write(JSON.stringify(found), () => process.exit());
