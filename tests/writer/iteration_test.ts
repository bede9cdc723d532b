import { assert, assertEquals, assertFalse } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartWriter } from "@tributary/multipart/writer";
import { utf8 } from "../bytes.ts";
import { isSettled } from "../reader/probe.ts";

/** A writer with asynchronous bodies. */
function make(bodies: readonly string[]): MultipartWriter {
  const writer = new MultipartWriter("mixed", { boundary: "b" });
  for (const body of bodies) {
    writer.append(async () => await Promise.resolve(body));
  }
  return writer;
}

/** Returns the text of all results, and how many results were the end. */
async function gather(
  results: readonly Promise<IteratorResult<Uint8Array, undefined>>[],
): Promise<[text: string, ends: number]> {
  let text = "";
  let ends = 0;
  for (const { done, value } of await Promise.all(results)) {
    if (done) ends++;
    else text += new TextDecoder().decode(value);
  }
  return [text, ends];
}

describe("iterating over a MultipartWriter", () => {
  it("calls that do not wait for each other queue", async () => {
    const writer = make(["first", "second", "third"]);
    const iterator = writer[Symbol.asyncIterator]();
    const calls = Array.from({ length: 9 }, () => iterator.next());
    const [text, ends] = await gather(calls);
    assertEquals(utf8(text), await writer.bytes());
    assert(ends > 0);
  });

  it("calls behind one that fails get the end", async () => {
    const writer = new MultipartWriter();
    writer.append(() => Promise.reject(new RangeError("broken")));
    writer.append("never");
    const iterator = writer[Symbol.asyncIterator]();
    const calls = [iterator.next(), iterator.next(), iterator.next()];
    const settled = await Promise.allSettled(calls);
    assertEquals(settled.map(({ status }) => status), [
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    assert((await calls[2]).done);
  });

  it("gives nothing when it has been left, whatever was gathered", async () => {
    const writer = make([]);
    for (let left = 20; left > 0; left--) writer.append("x".repeat(16_000));
    const iterator = writer[Symbol.asyncIterator]();
    assertFalse((await iterator.next()).done);
    await iterator.return?.();
    assert((await iterator.next()).done);
  });

  it("is left at once, while calls wait for a body", async () => {
    const writer = new MultipartWriter();
    writer.append(() => new Promise<string>(() => {}));
    const iterator = writer[Symbol.asyncIterator]();
    await iterator.next();
    const waiting = iterator.next();
    assertFalse(await isSettled(waiting));
    assert((await iterator.return?.())?.done);
  });
});
