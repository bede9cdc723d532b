/**
 * Tries all properties as often as requested:
 *
 *     FUZZ_RUNS=1000000 FUZZ_SEED=7 npm run fuzz -- [text in a name ...]
 *
 * Without a seed, each run uses a new one. Deno and Bun can run it too.
 */
import process from "node:process";
import { allProperties } from "./properties/all.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 200_000);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
const wanted = process.argv.slice(2);

console.log(`${runs} runs from seed ${seed}`);
for (const [subject, properties] of Object.entries(allProperties)) {
  for (const property of properties) {
    const title = `${subject}: ${property.name}`;
    if (wanted.length > 0 && !wanted.some((text) => title.includes(text))) {
      continue;
    }
    const started = performance.now();
    const error = await property.check({ runs, seed }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${error ? "FAILED" : "ok"} ${title} (${seconds} s)`);
    if (error === undefined) continue;
    console.log(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
