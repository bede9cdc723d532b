import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartDecoderStream,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { utf8 } from "../bytes.ts";
import { type Probe, probe, turns } from "../reader/probe.ts";
import { FORM, HeapGrowth, KiB, OPEN_FIELD } from "./hostile.ts";

const ABORTS = 10_000;

type Leave = (reader: MultipartReader, abort: AbortController) => unknown;

/** Ways to end a reading in the middle of a part. */
const ways: Record<string, Leave> = {
  "an abort": (_, abort) => abort.abort(),
  "cancel()": (reader) => reader.cancel(),
  "return()": (reader) => reader.return(),
  "a limit": (reader) => reader.formData().catch(() => {}),
};

const chunk = utf8(`${OPEN_FIELD}${"x".repeat(KiB)}`);

function openSource(): Probe {
  return probe([chunk, chunk], "stall");
}

/** Leaves a part half read, with a read pending. */
async function leaveOpenPart(
  leave: Leave,
  signal?: AbortSignal,
): Promise<Probe> {
  const source = openSource();
  const abort = new AbortController();
  const reader = new MultipartReader(source.stream, {
    contentType: FORM,
    signal: signal ?? abort.signal,
    limits: { partBytes: 3 * KiB / 2 },
  });
  const { value: part } = await reader.next();
  const pending = part?.text().catch(() => "failed");
  await leave(reader, abort);
  await reader.cancel();
  assertEquals(await pending, "failed");
  return source;
}

/** Yields a chunk that the source itself does not keep. */
function* openUpload(): Generator<Uint8Array> {
  yield utf8(`${OPEN_FIELD}${"x".repeat(64 * KiB)}`);
}

describe("T10 leaks", () => {
  for (const [name, leave] of Object.entries(ways)) {
    it(`${name} in the middle of a part: the source is cancelled and unlocked, ${ABORTS / 4} times of as many`, async () => {
      const heap = new HeapGrowth();
      let cancelled = 0;
      let unlocked = 0;
      for (let round = 0; round < ABORTS / 4; round++) {
        if (round === 500) await heap.begin();
        const source = await leaveOpenPart(leave);
        cancelled += source.cancellations.length;
        if (!source.stream.locked) unlocked++;
      }
      await turns();
      await heap.note();
      assertEquals([cancelled, unlocked], [ABORTS / 4, ABORTS / 4]);
      assertLessOrEqual(heap.most / (ABORTS / 4 - 500), KiB);
    });
  }

  it("a signal that outlives its readers holds none of them", async () => {
    const heap = new HeapGrowth();
    const abort = new AbortController();
    for (let round = 0; round < 2000; round++) {
      if (round === 500) await heap.begin();
      const source = await leaveOpenPart(
        (reader) => reader.cancel(),
        abort.signal,
      );
      assertEquals(source.cancellations.length, 1);
    }
    await heap.note();
    // Keeps the signal alive until here. Otherwise it would be garbage already.
    abort.abort();
    assert(abort.signal.aborted);
    assertLessOrEqual(heap.most / 1500, KiB);
  });

  it("an upload that waits for more does not hold the chunk it has read", async () => {
    const heap = new HeapGrowth();
    const held: unknown[] = [];
    for (let round = 0; round < 300; round++) {
      if (round === 100) await heap.begin();
      const source = probe(openUpload(), "stall");
      const init = { contentType: FORM };
      const reader = new MultipartReader(source.stream, init);
      const { value: part } = await reader.next();
      const chunks = part?.[Symbol.asyncIterator]();
      assertEquals((await chunks?.next())?.value?.length, 64 * KiB);
      // The read waits for the next chunk until the test ends.
      held.push(reader, chunks, chunks?.next());
    }
    await turns();
    await heap.note();
    assertEquals(held.length, 900);
    assertLessOrEqual(heap.most / 200, 24 * KiB);
  });

  it("a stream of parts that is cancelled cancels its source", async () => {
    const heap = new HeapGrowth();
    let cancelled = 0;
    for (let round = 0; round < 1000; round++) {
      if (round === 250) await heap.begin();
      const source = openSource();
      const { readable, writable } = new MultipartDecoderStream({
        contentType: FORM,
      });
      const piped = source.stream.pipeTo(writable).catch(() => {});
      const parts = readable.getReader();
      const { value: part } = await parts.read();
      const pending = part?.bytes().catch(() => "failed");
      await parts.cancel();
      assertEquals(await pending, "failed");
      await piped;
      cancelled += source.cancellations.length;
    }
    await heap.note();
    assertEquals(cancelled, 1000);
    assertLessOrEqual(heap.most / 750, KiB);
  });

  it("a writer that is cancelled in the middle of a part cancels its body", async () => {
    const heap = new HeapGrowth();
    let cancelled = 0;
    for (let round = 0; round < 1000; round++) {
      if (round === 250) await heap.begin();
      const source = openSource();
      const writer = new MultipartWriter();
      writer.append(source.stream);
      const stream = writer.stream().getReader();
      // The part's head, and then its body's first chunk.
      assert((await stream.read()).value);
      assert((await stream.read()).value);
      await stream.cancel();
      cancelled += source.cancellations.length;
    }
    await heap.note();
    assertEquals(cancelled, 1000);
    assertLessOrEqual(heap.most / 750, KiB);
  });
});
