import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  FrameBroadcast,
  type MixedReplaceFrame,
  type MixedReplaceOptions,
  MultipartReader,
} from "@tributary/multipart";
import { blobType, utf8 } from "../../bytes.ts";
import { isSettled, turns } from "../../reader/probe.ts";

const boundary = "b";
const CLOSING = "--b--\r\n";

function make(options: MixedReplaceOptions = {}): FrameBroadcast {
  return new FrameBroadcast({ boundary, type: "text/plain", ...options });
}

function part(body: string, type = "text/plain"): string {
  return `--b\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}\r\n`;
}

/** A client that reads only when told to. */
class Viewer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(response: Response) {
    assert(response.body);
    this.#reader = response.body.getReader();
  }

  async readChunk(): Promise<Uint8Array | undefined> {
    return (await this.#reader.read()).value;
  }

  /** The next chunk, or `undefined` at the end. */
  async read(): Promise<string | undefined> {
    const chunk = await this.readChunk();
    return chunk && new TextDecoder().decode(chunk);
  }

  async leave(reason?: unknown): Promise<void> {
    await this.#reader.cancel(reason);
  }
}

/** Returns the value of `promise` if it has settled. */
async function now<T>(promise: Promise<T>): Promise<T | "not yet"> {
  return await isSettled(promise) ? await promise : "not yet";
}

/** A Blob whose read waits until the test resolves it. */
class SlowBlob extends Blob {
  reads = 0;
  readonly #read = Promise.withResolvers<void>();

  override async arrayBuffer(): Promise<ArrayBuffer> {
    this.reads++;
    await this.#read.promise;
    return await super.arrayBuffer();
  }

  arrive(): void {
    this.#read.resolve();
  }

  fail(error: unknown): void {
    this.#read.reject(error);
  }
}

describe("FrameBroadcast", () => {
  it("gives each client that waits each frame, and then the end", async () => {
    const broadcast = make();
    const viewers = [1, 2, 3].map(() => new Viewer(broadcast.subscribe()));
    for (const body of ["one", "two", "three"]) {
      const reads = viewers.map((viewer) => viewer.read());
      broadcast.publish(utf8(body));
      assertEquals(await Promise.all(reads), Array(3).fill(part(body)));
    }
    const reads = viewers.map((viewer) => viewer.read());
    broadcast.close();
    assertEquals(await Promise.all(reads), Array(3).fill(CLOSING));
    for (const viewer of viewers) assertEquals(await viewer.read(), undefined);
    assertEquals(broadcast.clients, 0);
  });

  it("gives a frame while it is published, when a read waits", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    const reading = viewer.read();
    assertEquals(await isSettled(reading), false);
    broadcast.publish(utf8("one"));
    assertEquals(await now(reading), part("one"));
    await viewer.leave();
  });

  it("gives all clients the same chunk: a frame is copied once", async () => {
    const broadcast = make();
    const frame = utf8("one");
    const viewers = [1, 2].map(() => new Viewer(broadcast.subscribe()));
    const reads = viewers.map((viewer) => viewer.readChunk());
    broadcast.publish(frame);
    const [first, second] = await Promise.all(reads);
    assertStrictEquals(first, second);
    assert(first?.buffer !== frame.buffer);
    for (const viewer of viewers) await viewer.leave();
  });

  it("a frame that waits is not torn when its buffer is filled anew", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    const buffer = utf8("one");
    broadcast.publish(buffer);
    buffer.set(utf8("two"));
    assertEquals(await viewer.read(), part("one"));
    await viewer.leave();
  });

  it("a client that stalls finds the newest frame alone", async () => {
    const broadcast = make();
    const slow = new Viewer(broadcast.subscribe());
    const quick = new Viewer(broadcast.subscribe());
    for (let number = 1; number <= 100; number++) {
      broadcast.publish(utf8(`frame ${number}`));
      assertEquals(await quick.read(), part(`frame ${number}`));
      if (number === 1) assertEquals(await slow.read(), part("frame 1"));
    }
    assertEquals(await slow.read(), part("frame 100"));
    assertEquals(await isSettled(slow.read()), false);
    await slow.leave();
    await quick.leave();
  });

  it("a client that never reads is handed nothing", async () => {
    const broadcast = make();
    const response = broadcast.subscribe();
    for (let number = 1; number <= 100; number++) {
      broadcast.publish(utf8(`frame ${number}`));
      await turns(1);
    }
    broadcast.close();
    assertEquals(await response.text(), part("frame 100") + CLOSING);
  });

  it("answers several reads at once in order, a frame each", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    const reads = [viewer.read(), viewer.read(), viewer.read()];
    const bodies = ["one", "two", "three"];
    for (const body of bodies) {
      await turns();
      broadcast.publish(utf8(body));
    }
    assertEquals(await Promise.all(reads), bodies.map((body) => part(body)));
    await viewer.leave();
  });

  it("closing answers several reads at once", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    const reads = [viewer.read(), viewer.read(), viewer.read()];
    await turns();
    broadcast.close();
    assertEquals(await Promise.all(reads), [CLOSING, undefined, undefined]);
    assertEquals(broadcast.clients, 0);
  });

  it("gives a new client the newest frame at once", async () => {
    const broadcast = make();
    broadcast.publish(utf8("one"));
    broadcast.publish(utf8("two"));
    const viewer = new Viewer(broadcast.subscribe());
    assertEquals(await now(viewer.read()), part("two"));
    assertEquals(await isSettled(viewer.read()), false);
    await viewer.leave();
  });

  it("counts its clients, and drops one at once that goes away", async () => {
    const broadcast = make();
    assertEquals(broadcast.clients, 0);
    const [first, second] = [1, 2].map(() => broadcast.subscribe());
    assertEquals(broadcast.clients, 2);
    const waiting = new Viewer(broadcast.subscribe());
    const read = waiting.read();
    assertEquals(broadcast.clients, 3);
    const left = waiting.leave();
    assertEquals(broadcast.clients, 2);
    await left;
    assertEquals(await read, undefined);
    broadcast.publish(utf8("one"));
    await first?.body?.cancel();
    assertEquals(broadcast.clients, 1);
    broadcast.close();
    assertEquals(broadcast.clients, 1);
    await second?.text();
    assertEquals(broadcast.clients, 0);
  });

  it("a client that goes away with the end unread is dropped once", async () => {
    const broadcast = make();
    const { body } = broadcast.subscribe();
    assert(body);
    const reader = body.getReader();
    const reading = reader.read().catch(() => {});
    await turns();
    reader.releaseLock();
    await reading;
    broadcast.close();
    const other = new Viewer(broadcast.subscribe());
    await body.cancel();
    assertEquals(await other.read(), CLOSING);
    assertEquals(broadcast.clients, 0);
  });

  it("a client that leaves disturbs no other", async () => {
    const broadcast = make();
    const viewers = [1, 2, 3].map(() => new Viewer(broadcast.subscribe()));
    const [first, second, third] = viewers.map((viewer) => viewer.read());
    await viewers[1]?.leave();
    broadcast.publish(utf8("one"));
    assertEquals(await Promise.all([first, second, third]), [
      part("one"),
      undefined,
      part("one"),
    ]);
    await viewers[0]?.leave();
    await viewers[2]?.leave();
  });

  it("a signal of a client drops it at once, and no other", async () => {
    const broadcast = make();
    const stop = new AbortController();
    const other = new Viewer(broadcast.subscribe());
    const viewer = new Viewer(broadcast.subscribe({ signal: stop.signal }));
    const read = viewer.read();
    stop.abort("gone");
    assertEquals(broadcast.clients, 1);
    // The body ends without an error: Deno's server prints a trace for each
    // body that fails.
    assertEquals(await read, undefined);
    broadcast.publish(utf8("one"));
    assertEquals(await other.read(), part("one"));
    await other.leave();
  });

  it("a client whose signal is aborted already never counts", async () => {
    const broadcast = make();
    const signal = AbortSignal.abort("gone");
    const viewer = new Viewer(broadcast.subscribe({ signal }));
    assertEquals(broadcast.clients, 0);
    assertEquals(await viewer.read(), undefined);
  });

  it("a client of an aborted broadcast never counts", async () => {
    const broadcast = make({ signal: AbortSignal.abort("the camera's") });
    for (const signal of [undefined, AbortSignal.abort("the client's")]) {
      const viewer = new Viewer(broadcast.subscribe({ signal }));
      assertEquals(broadcast.clients, 0);
      assertEquals(await viewer.read(), undefined);
    }
  });

  it("closing gives what a client has not had, and then the end", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    broadcast.publish(utf8("one"));
    assertEquals(await viewer.read(), part("one"));
    broadcast.publish(utf8("two"));
    broadcast.close();
    broadcast.close();
    assertEquals(await viewer.read(), part("two"));
    assertEquals(await viewer.read(), CLOSING);
    assertEquals(await viewer.read(), undefined);
  });

  it("a client that comes after the end gets the last frame, and the end", async () => {
    const broadcast = make();
    broadcast.publish(utf8("one"));
    broadcast.close();
    const response = broadcast.subscribe();
    assertEquals(broadcast.clients, 1);
    assertEquals(await response.text(), part("one") + CLOSING);
    assertEquals(broadcast.clients, 0);
    const never = make();
    never.close();
    assertEquals(await never.subscribe().text(), CLOSING);
  });

  it("takes no frame after the end", () => {
    const broadcast = make();
    broadcast.close();
    const error = assertThrows(() => broadcast.publish(utf8("x")), TypeError);
    assertEquals(
      error.message,
      "Cannot publish a frame: the broadcast is closed",
    );
  });

  // The bodies end without an error: Deno's server prints a trace for each body
  // that fails.
  it("aborting ends the bodies of all its clients, and of those to come", async () => {
    const stop = new AbortController();
    const broadcast = make({ signal: stop.signal });
    broadcast.publish(utf8("one"));
    const viewers = [1, 2].map(() => new Viewer(broadcast.subscribe()));
    assertEquals(await viewers[0]?.read(), part("one"));
    const failure = new Error("the camera is broken");
    stop.abort(failure);
    assertEquals(broadcast.clients, 0);
    viewers.push(new Viewer(broadcast.subscribe()));
    assertEquals(broadcast.clients, 0);
    for (const viewer of viewers) {
      assertEquals(await viewer.read(), undefined);
    }
    const error = assertThrows(() => broadcast.publish(utf8("two")));
    assertStrictEquals(error, failure);
  });

  it("aborting reaches those who come after all others had left", async () => {
    const stop = new AbortController();
    const broadcast = make({ signal: stop.signal });
    await broadcast.subscribe().body?.cancel();
    const viewer = new Viewer(broadcast.subscribe());
    stop.abort("broken");
    assertEquals(await viewer.read(), undefined);
  });

  it("refuses what is not a frame, and goes on", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    for (const wrong of ["text", undefined, null, 5, {}]) {
      const error = assertThrows(
        () => broadcast.publish(wrong as unknown as MixedReplaceFrame),
        TypeError,
      );
      assertEquals(
        error.message,
        "Cannot send a frame: it is neither bytes nor a Blob",
      );
    }
    broadcast.publish(utf8("one"));
    assertEquals(await viewer.read(), part("one"));
    await viewer.leave();
  });

  it("refuses a boundary, a type and a field that cannot be written", () => {
    for (
      const options of [
        { boundary: "b " },
        { type: "text/plain\r\nX-Evil: 1" },
        { headers: { "x-a": "1\r\nX-Evil: 1" } },
      ]
    ) assertThrows(() => new FrameBroadcast(options), TypeError);
  });

  it("has the header fields of a live view, or those that are given", () => {
    const headers = { "cache-control": "private", "x-camera": "door" };
    for (const given of [undefined, headers]) {
      const broadcast = make({ headers: given });
      const [first, second] = [1, 2].map(() =>
        Object.fromEntries(broadcast.subscribe().headers)
      );
      assertEquals(first, second);
      assertEquals(first, {
        "cache-control": "no-store, no-transform",
        "content-type": "multipart/x-mixed-replace; boundary=b",
        "x-accel-buffering": "no",
        ...given,
      });
    }
  });

  it("with eager each client gets a head first, and the next with a frame", async () => {
    const head = "--b\r\nContent-Type: text/plain\r\n\r\n";
    const broadcast = make({ eager: true });
    const viewer = new Viewer(broadcast.subscribe());
    assertEquals(await now(viewer.read()), head);
    const read = viewer.read();
    broadcast.publish(utf8("one"));
    assertEquals(await read, `one\r\n${head}`);
    broadcast.publish(utf8("two"));
    broadcast.close();
    const late = broadcast.subscribe();
    assertEquals(await viewer.read(), `two\r\n${head}`);
    assertEquals(await viewer.read(), "\r\n--b--\r\n");
    assertEquals(await viewer.read(), undefined);
    assertEquals(await late.text(), `${head}two\r\n${head}\r\n--b--\r\n`);
  });

  for (const eager of [false, true]) {
    it(`a viewer may choose, where eager is ${eager} for the others`, async () => {
      const head = "--b\r\nContent-Type: text/plain\r\n\r\n";
      const broadcast = make({ eager });
      const lazy = new Viewer(broadcast.subscribe({ eager: false }));
      const early = new Viewer(broadcast.subscribe({ eager: true }));
      const others = new Viewer(broadcast.subscribe());
      assertEquals(await now(early.read()), head);
      if (eager) assertEquals(await now(others.read()), head);
      for (const frame of ["one", "two"]) {
        broadcast.publish(utf8(frame));
        assertEquals(await lazy.read(), part(frame));
        assertEquals(await early.read(), `${frame}\r\n${head}`);
        assertEquals(
          await others.read(),
          eager ? `${frame}\r\n${head}` : part(frame),
        );
      }
      broadcast.publish(new Blob(["three"]));
      assertEquals(await early.read(), `three\r\n${head}`);
      assertEquals(await lazy.read(), part("three"));
      broadcast.close();
      assertEquals(await lazy.read(), CLOSING);
      assertEquals(await early.read(), "\r\n--b--\r\n");
      await others.leave();
    });
  }

  it("copies a frame for viewers of both kinds", async () => {
    const broadcast = make();
    const frame = utf8("one");
    broadcast.publish(frame);
    frame.fill(0);
    const early = new Viewer(broadcast.subscribe({ eager: true }));
    await early.read();
    assert((await early.read() ?? "").startsWith("one\r\n"));
    await early.leave();
  });

  it("is read as it was published", async () => {
    const broadcast = new FrameBroadcast({ type: "image/png" });
    const parts = MultipartReader.from(broadcast.subscribe());
    broadcast.publish(utf8("\r\n--not the boundary"));
    const first = await parts.next();
    assertEquals(first.value?.mediaType, "image/png");
    const body = first.value?.text();
    await turns();
    broadcast.publish(new Uint8Array(100_000));
    assertEquals(await body, "\r\n--not the boundary");
    const second = await parts.next();
    assertEquals(await second.value?.bytes(), new Uint8Array(100_000));
    const end = parts.next();
    broadcast.close();
    assertEquals((await end).done, true);
    assertEquals(broadcast.clients, 0);
  });
});

describe("FrameBroadcast with Blobs", () => {
  it("gives each with its type, or without one with the broadcast's", async () => {
    const type = blobType("image/png");
    const broadcast = make();
    const viewers = [1, 2].map(() => new Viewer(broadcast.subscribe()));
    for (
      const [blob, sent] of [
        [new Blob(["one"], { type }), type],
        [new Blob(["two"]), "text/plain"],
      ] as const
    ) {
      broadcast.publish(blob);
      const body = await blob.text();
      for (const viewer of viewers) {
        assertEquals(await viewer.read(), part(body, sent));
      }
    }
    for (const viewer of viewers) await viewer.leave();
  });

  it("reads one once, and only when a client wants it", async () => {
    const broadcast = make();
    const blob = new SlowBlob(["one"]);
    broadcast.publish(blob);
    const viewers = [1, 2, 3].map(() => new Viewer(broadcast.subscribe()));
    await turns();
    assertEquals(blob.reads, 0);
    const reads = viewers.map((viewer) => viewer.readChunk());
    blob.arrive();
    const [first, second, third] = await Promise.all(reads);
    assertEquals(first, utf8(part("one")));
    assertStrictEquals(first, second);
    assertStrictEquals(second, third);
    assertEquals(blob.reads, 1);
    for (const viewer of viewers) await viewer.leave();
  });

  it("keeps the order while one is read", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    const blob = new SlowBlob(["one"]);
    const reads = [viewer.read(), viewer.read(), viewer.read()];
    broadcast.publish(blob);
    await turns();
    broadcast.publish(utf8("two"));
    broadcast.publish(utf8("three"));
    broadcast.close();
    assertEquals(await isSettled(Promise.race(reads)), false);
    assertEquals(blob.reads, 1);
    blob.arrive();
    assertEquals(await Promise.all(reads), [
      part("one"),
      part("three"),
      CLOSING,
    ]);
  });

  it("one that is being read does not hold up the others", async () => {
    const broadcast = make();
    const [waiting, other] = [1, 2].map(() =>
      new Viewer(broadcast.subscribe())
    );
    const blob = new SlowBlob(["one"]);
    broadcast.publish(blob);
    const read = waiting?.read();
    await turns();
    assertEquals(blob.reads, 1);
    broadcast.publish(utf8("two"));
    assertEquals(await other?.read(), part("two"));
    blob.arrive();
    assertEquals(await read, part("one"));
    assertEquals(await waiting?.read(), part("two"));
    await waiting?.leave();
    await other?.leave();
  });

  it("a client may leave while one is read for it", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    const blob = new SlowBlob(["one"]);
    broadcast.publish(blob);
    const read = viewer.read();
    await turns();
    assertEquals(blob.reads, 1);
    await viewer.leave();
    assertEquals(broadcast.clients, 0);
    blob.arrive();
    assertEquals(await read, undefined);
    await turns();
  });

  it("one that cannot be read is skipped", async () => {
    const broadcast = make();
    const viewers = [1, 2].map(() => new Viewer(broadcast.subscribe()));
    const blob = new SlowBlob(["one"]);
    broadcast.publish(blob);
    const reads = viewers.map((viewer) => viewer.read());
    blob.fail(new Error("the disk has gone"));
    await turns();
    assertEquals(broadcast.clients, 2);
    broadcast.publish(utf8("two"));
    assertEquals(await Promise.all(reads), [part("two"), part("two")]);
    for (const viewer of viewers) await viewer.leave();
  });

  it("one that cannot be read gives way to a newer one, or to the end", async () => {
    const broadcast = make();
    const viewer = new Viewer(broadcast.subscribe());
    const first = new SlowBlob(["one"]);
    broadcast.publish(first);
    const read = viewer.read();
    await turns();
    broadcast.publish(utf8("two"));
    first.fail(new Error("the disk has gone"));
    assertEquals(await read, part("two"));

    const last = new SlowBlob(["three"]);
    broadcast.publish(last);
    const end = viewer.read();
    await turns();
    broadcast.close();
    last.fail(new Error("the disk has gone"));
    assertEquals(await end, CLOSING);
    assertEquals(await viewer.read(), undefined);
    assertEquals(broadcast.clients, 0);
  });
});
