/** Answers each line of JSON with a line of JSON. */
import process from "node:process";
import { createInterface } from "node:readline";
import { judge } from "./form_data.ts";

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await judge(JSON.parse(line)))}\n`);
}
