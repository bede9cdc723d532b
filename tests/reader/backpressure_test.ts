import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartDecoderStream, MultipartReader } from "@tributary/multipart";
import { fieldHead, utf8 } from "../bytes.ts";
import { type Probe, probe, turns } from "./probe.ts";

const contentType = "multipart/form-data; boundary=b";
const MAX_AHEAD = 2;

/** A part that never ends. */
function* endless(): Generator<Uint8Array> {
  yield utf8(`--b\r\n${fieldHead("a")}\r\n\r\n`);
  for (;;) yield new Uint8Array(1024);
}

/** Many parts, one chunk each. */
function* manyParts(count: number): Generator<Uint8Array> {
  for (let part = 0; part < count; part++) {
    yield utf8(`--b\r\n${fieldHead(`part${part}`)}\r\n\r\n${part}\r\n`);
  }
  yield utf8("--b--\r\n");
}

async function assertStalls(source: Probe, asked: number): Promise<void> {
  await turns();
  assertLessOrEqual(source.pulls, asked + MAX_AHEAD);
}

describe("a reader that stalls makes the source stall", () => {
  it("MultipartReader pulls nothing before it is asked", async () => {
    const source = probe(endless());
    const reader = new MultipartReader(source.stream, { contentType });
    await turns();
    assertEquals(source.pulls, 0);
    await reader.cancel();
  });

  it("MultipartReader pulls just what the part's reader asks for", async () => {
    const source = probe(endless());
    const reader = new MultipartReader(source.stream, { contentType });
    const { value: part } = await reader.next();
    assert(part !== undefined);
    await turns();
    assertEquals(source.pulls, 1);
    const chunks = part[Symbol.asyncIterator]();
    for (let asked = 1; asked <= 10; asked++) {
      assertEquals((await chunks.next()).value?.length, 1024);
      await turns(2);
      assertEquals(source.pulls, 1 + asked);
    }
    await reader.cancel();
  });

  it("a part's body stream reads nothing ahead", async () => {
    const source = probe(endless());
    const reader = new MultipartReader(source.stream, { contentType });
    const { value: part } = await reader.next();
    assert(part !== undefined);
    const body = part.body.getReader();
    await turns();
    assertEquals(source.pulls, 1);
    for (let asked = 1; asked <= 10; asked++) {
      assertEquals((await body.read()).value?.length, 1024);
      await assertStalls(source, 1 + asked);
    }
    await reader.cancel();
  });

  it("MultipartDecoderStream takes one chunk more than was asked for", async () => {
    const source = probe(endless());
    const parts = source.stream
      .pipeThrough(new MultipartDecoderStream({ contentType })).getReader();
    await assertStalls(source, 0);
    const { value: part } = await parts.read();
    assert(part !== undefined);
    await assertStalls(source, 1);
    const chunks = part[Symbol.asyncIterator]();
    for (let asked = 1; asked <= 10; asked++) {
      await chunks.next();
      await assertStalls(source, 1 + asked);
    }
    await parts.cancel();
  });

  it("MultipartDecoderStream looks for the next part when it is asked to", async () => {
    const source = probe(manyParts(50));
    const parts = source.stream
      .pipeThrough(new MultipartDecoderStream({ contentType })).getReader();
    for (let asked = 0; asked < 50; asked++) {
      const { value: part } = await parts.read();
      await turns(2);
      assertEquals(await part?.text(), `${asked}`);
      await assertStalls(source, asked + 2);
    }
    assert((await parts.read()).done);
  });
});
