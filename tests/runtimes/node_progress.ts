/** A reporter for `node --test` that writes the lines that `Progress` reads. */
import { relative, resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { root } from "./names.ts";
import { MARK, type ProgressEvent } from "./progress_event.ts";

export default async function* report(
  source: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type !== "test:dequeue" && type !== "test:complete") continue;
    const { name } = data;
    // Node counts each file as a test, which begins before the tests in it.
    const isFile = name.endsWith("_test.ts");
    if (isFile && type === "test:complete") continue;
    const event: ProgressEvent = isFile
      ? { file: relative(root, resolve(root, name)).replaceAll("\\", "/") }
      : type === "test:dequeue"
      ? { begins: name }
      : { ends: name };
    yield `${MARK}${JSON.stringify(event)}\n`;
  }
}
