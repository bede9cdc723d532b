import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Condition } from "../../../wire/condition.ts";
import { NativeCodec, READ_LENGTH } from "../../../wire/codec/native_codec.ts";
import { utf8 } from "../../bytes.ts";
import { withByteStreams } from "../../platform.ts";
import { turns } from "../../reader/probe.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** A codec, and a log of the calls that its stream received. */
interface Opened {
  readonly codec: NativeCodec;
  readonly condition: Condition;
  readonly told: unknown[];
}

/**
 * A codec whose readable side is a byte stream, as in one runtime. It outputs
 * what `make` returns for each chunk that is written.
 */
function open(
  make: (chunk: BufferSource) => Chunk | undefined,
  pull: (controller: ReadableByteStreamController) => void = () => {},
): Opened {
  const told: unknown[] = [];
  let controller: ReadableByteStreamController;
  const condition = new Condition();
  const codec = new NativeCodec({
    readable: new ReadableStream({
      type: "bytes",
      start(given) {
        controller = given;
      },
      pull,
      cancel(reason) {
        told.push(["cancel", reason]);
      },
    }),
    writable: new WritableStream<BufferSource>({
      write(chunk) {
        told.push("write");
        const made = make(chunk);
        if (made !== undefined) controller.enqueue(made);
      },
      close() {
        told.push("close");
        controller.close();
        controller.byobRequest?.respond(0);
      },
      abort(reason) {
        told.push(["abort", reason]);
      },
    }),
  }, condition);
  return { codec, condition, told };
}

/** Reads until there is a chunk or the stream has ended. */
async function read(
  { codec, condition }: Omit<Opened, "told">,
): Promise<Chunk | undefined> {
  for (;;) {
    const chunk = codec.take();
    if (chunk !== undefined || codec.hasEnded) return chunk;
    codec.startRead();
    await condition.wait();
  }
}

/** Waits until the codec wants input, without reading any output. */
async function hunger({ codec, condition }: Opened): Promise<void> {
  codec.startRead();
  while (!codec.isHungry) await condition.wait();
}

function bytes(length: number): Chunk {
  return Uint8Array.from({ length }, (_, at) => at % 251);
}

function itHasByteStreams(
  name: string,
  test: () => void | Promise<void>,
): void {
  const make = () => new ReadableStream({ type: "bytes" });
  it(name, () => withByteStreams(make, test));
}

describe("a codec that gives out a byte stream", () => {
  for (
    const length of [
      1,
      READ_LENGTH / 2 - 1,
      READ_LENGTH / 2,
      READ_LENGTH - 1,
      READ_LENGTH,
      READ_LENGTH + 1,
      3 * READ_LENGTH,
    ]
  ) {
    itHasByteStreams(
      `gives all of ${length} bytes, and is hungry when they are read`,
      async () => {
        const opened = open(() => bytes(length));
        opened.codec.write(utf8("x"));
        const chunks: Chunk[] = [];
        let count = 0;
        while (count < length) {
          const chunk = await read(opened);
          assert(chunk !== undefined);
          assert(chunk.length > 0 && chunk.length <= READ_LENGTH);
          chunks.push(chunk);
          count += chunk.length;
        }
        const all = await new Blob(chunks).arrayBuffer();
        assertEquals(new Uint8Array(all), bytes(length));
        await hunger(opened);
        opened.codec.close();
        assertEquals(await read(opened), undefined);
        assertEquals(opened.codec.isClosed, true);
        assertEquals(opened.codec.failure, undefined);
        // The wait for the output that the end makes uses a timer.
        await turns();
      },
    );
  }

  itHasByteStreams("keeps no large buffer for a small chunk", async () => {
    const opened = open(() => bytes(10));
    for (let round = 0; round < 3; round++) {
      opened.codec.write(utf8("x"));
      const chunk = await read(opened);
      assertEquals(chunk, bytes(10));
      assertEquals(chunk?.buffer.byteLength, 10);
      await hunger(opened);
    }
    await opened.codec.cancel(undefined);
  });

  itHasByteStreams("does not use the memory of a chunk again", async () => {
    let fill = 0;
    const opened = open(() => new Uint8Array(READ_LENGTH / 2).fill(++fill));
    const chunks: (Chunk | undefined)[] = [];
    for (let round = 0; round < 3; round++) {
      opened.codec.write(utf8("x"));
      chunks.push(await read(opened));
      await hunger(opened);
    }
    assertEquals(chunks.map((chunk) => chunk?.[0]), [1, 2, 3]);
    await opened.codec.cancel(undefined);
  });

  itHasByteStreams(
    "is hungry again where its input makes nothing",
    async () => {
      const opened = open(() => undefined);
      for (let round = 0; round < 3; round++) {
        opened.codec.write(utf8("x"));
        assertEquals(opened.codec.isHungry, false);
        await hunger(opened);
      }
      assertEquals(opened.told, ["write", "write", "write"]);
      await opened.codec.cancel(undefined);
    },
  );

  itHasByteStreams(
    "waits for what its input makes",
    async () => {
      const opened = open(() => undefined);
      const { codec } = opened;
      codec.write(utf8("x"));
      while (opened.told.length < 1) await Promise.resolve();
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      assertEquals(codec.isHungry, false);
      await hunger(opened);
      await codec.cancel(undefined);
    },
  );

  itHasByteStreams(
    "is not hungry while there may be more than was read",
    async () => {
      const opened = open(() => bytes(READ_LENGTH + 1));
      opened.codec.write(utf8("x"));
      assertEquals((await read(opened))?.length, READ_LENGTH);
      assertEquals(opened.codec.isHungry, false);
      assertEquals((await read(opened))?.length, 1);
      assertEquals(opened.codec.isHungry, true);
      await opened.codec.cancel(undefined);
    },
  );

  itHasByteStreams("is told of a cancellation on both sides", async () => {
    const opened = open(() => undefined);
    const reason = new Error("enough");
    await opened.codec.cancel(reason);
    assertEquals(opened.told.length, 2);
    assertEquals(opened.told.toSorted(), [["abort", reason], [
      "cancel",
      reason,
    ]]);
  });

  itHasByteStreams("fails with what a write fails with", async () => {
    const failure = new Error("damaged");
    const opened = open(() => {
      throw failure;
    });
    opened.codec.write(utf8("x"));
    assertEquals(await read(opened), undefined);
    assertEquals(opened.codec.hasEnded, true);
    assertStrictEquals(opened.codec.failure?.error, failure);
    await opened.codec.cancel(failure);
  });

  itHasByteStreams("fails with what a read fails with", async () => {
    const failure = new Error("damaged");
    const opened = open(() => undefined, (controller) => {
      controller.error(failure);
    });
    assertEquals(await read(opened), undefined);
    assertStrictEquals(opened.codec.failure?.error, failure);
    await opened.codec.cancel(failure);
    // The stream's own promises have rejected too. These must not be unhandled
    // rejections.
    await turns();
  });
});

describe("a codec that gives out chunks", () => {
  /** A codec that accepts all input, and outputs `chunks` whatever it was. */
  function give(
    chunks: Iterable<Chunk>,
    write: () => void = () => {},
  ): Omit<Opened, "told"> {
    const condition = new Condition();
    const iterator = chunks[Symbol.iterator]();
    const codec = new NativeCodec({
      readable: new ReadableStream({
        pull(controller) {
          const { done, value } = iterator.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      }),
      // Accepts nothing before there is a read: it is not ready at first.
      writable: new WritableStream({ write }, { highWaterMark: 0 }),
    }, condition);
    return { codec, condition };
  }

  it("gives none that is empty", async () => {
    const empty = new Uint8Array(0);
    const opened = give([empty, utf8("a"), empty, empty, utf8("b"), empty]);
    assertEquals(await read(opened), utf8("a"));
    assertEquals(await read(opened), utf8("b"));
    assertEquals(await read(opened), undefined);
    assertEquals(opened.codec.failure, undefined);
  });

  it("that ends before it is told to is not closed", async () => {
    const opened = give([utf8("a")]);
    assertEquals(await read(opened), utf8("a"));
    assertEquals(await read(opened), undefined);
    assertEquals(opened.codec.hasEnded, true);
    assertEquals(opened.codec.isClosed, false);
    opened.codec.close();
    assertEquals(opened.codec.isClosed, false);
    while (!opened.codec.isClosed) await opened.condition.wait();
  });

  it("that is not ready when it fails has failed, and that is all", async () => {
    const failure = new Error("damaged");
    const opened = give([], () => {
      throw failure;
    });
    opened.codec.write(utf8("x"));
    while (opened.codec.failure === undefined) await opened.condition.wait();
    assertStrictEquals(opened.codec.failure.error, failure);
    await turns();
  });
});
