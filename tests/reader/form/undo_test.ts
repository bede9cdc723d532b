import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  field,
  file,
  type FileStore,
  readForm,
  type StandardSchema,
} from "@tributary/multipart";
import { bytewise, formBody, utf8 } from "../../bytes.ts";
import { isSettled, probe, turns } from "../probe.ts";
import { filePart, form, multipart, refusal, textPart } from "./forms.ts";

/** A store that logs what it stores and what it undoes. */
function noting(log: string[]): FileStore<string> {
  return async (part, { undo }) => {
    const name = part.filename ?? "";
    undo(async () => {
      log.push(`undoing ${name}`);
      await turns(3);
      log.push(`undid ${name}`);
    });
    await part.bytes();
    log.push(`stored ${name}`);
    return name;
  };
}

const never = (): Promise<never> => new Promise(() => {});

const twoFiles = [filePart("f", "1", "one"), filePart("f", "2", "two")];

describe("what a store registers with undo()", () => {
  it("runs if a later part is refused, the last first, each awaited", async () => {
    const log: string[] = [];
    const shape = { f: file({ multiple: true, store: noting(log) }) };
    const error = await refusal(() =>
      readForm(form(...twoFiles, textPart("x", "")), shape)
    );
    assertEquals(error.code, "unexpected-part");
    assertEquals(log, [
      "stored 1",
      "stored 2",
      "undoing 2",
      "undid 2",
      "undoing 1",
      "undid 1",
    ]);
  });

  it("does not run when the form is complete", async () => {
    const log: string[] = [];
    const shape = { f: file({ multiple: true, store: noting(log) }) };
    const { f } = await readForm(form(...twoFiles), shape);
    await turns();
    assertEquals([f, log], [["1", "2"], ["stored 1", "stored 2"]]);
  });

  it("runs wherever the body breaks off, and leaves nothing", async () => {
    const body = formBody([...twoFiles, textPart("t", "end")]);
    const stored = new Set<string>();
    const store: FileStore<string> = async (part, { undo }) => {
      const name = part.filename ?? "";
      undo(() => stored.delete(name));
      stored.add(name);
      await part.bytes();
      return name;
    };
    const shape = { f: file({ multiple: true, store }), t: field() };
    // The last CRLF is not part of the close delimiter.
    for (let length = 0; length < body.length - 2; length++) {
      const cut = bytewise(body.subarray(0, length));
      const error = await refusal(() => readForm(multipart(cut), shape));
      assertEquals([error.code, stored.size], ["truncated", 0], `${length}`);
    }
    await readForm(multipart([body]), shape);
    assertEquals(stored.size, 2);
  });

  it("runs when a name is missing, or the schema refuses the whole", async () => {
    const schema: StandardSchema<unknown, never> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => Promise.resolve({ issues: [{ message: "No" }] }),
      },
    };
    const log: string[] = [];
    const shape = { f: file({ multiple: true, store: noting(log) }) };
    await refusal(() => readForm(form(twoFiles[0]), { ...shape, t: field() }));
    await refusal(() => readForm(form(twoFiles[0]), shape, { schema }));
    const once = ["stored 1", "undoing 1", "undid 1"];
    assertEquals(log, [...once, ...once]);
  });

  it("runs when the store itself fails, whose error is thrown as it was", async () => {
    for (const thrown of [new Error("the disk is full"), "text", undefined]) {
      const log: string[] = [];
      let isFirst = true;
      const keep = noting(log);
      const store: FileStore<string> = async (part, context) => {
        const name = await keep(part, context);
        if (!isFirst) throw thrown;
        isFirst = false;
        return name;
      };
      const source = probe([formBody(twoFiles)]);
      const message = { ...form(), body: source.stream };
      const outcome = await readForm(message, {
        f: file({ multiple: true, store }),
      }).then(() => ({ error: "none" }), (error) => ({ error }));
      assert(outcome.error === thrown);
      assertEquals(log.slice(2), [
        "undoing 2",
        "undid 2",
        "undoing 1",
        "undid 1",
      ]);
      assertEquals(source.stream.locked, false);
    }
  });

  it("an error in a check or a schema is thrown as it was", async () => {
    const thrown = new RangeError("mine");
    const fail = (): never => {
      throw thrown;
    };
    const validate = { version: 1, vendor: "test", validate: fail } as const;
    const shapes = [
      { f: file({ check: fail }) },
      { f: file({ store: fail }) },
      { f: file({ check: () => Promise.reject(thrown) }) },
    ];
    for (const shape of shapes) {
      const error = await assertRejects(() =>
        readForm(form(twoFiles[0]), shape)
      );
      assert(error === thrown);
    }
    const error = await assertRejects(() =>
      readForm(form(textPart("t", "")), {
        t: field({ schema: { "~standard": validate } }),
      })
    );
    assert(error === thrown);
  });

  it("may fail: the others run, and the first error has theirs for its cause", async () => {
    const log: number[] = [];
    const failures = [new Error("first"), new Error("second")];
    const store: FileStore<number> = async (part, { undo }) => {
      undo(() => {
        throw failures[0];
      });
      undo(() => log.push(part.index));
      undo(() => Promise.reject(failures[1]));
      await part.bytes();
      return 1;
    };
    const error = await refusal(() =>
      readForm(form(twoFiles[0], textPart("x", "")), { f: file({ store }) })
    );
    assertEquals([error.code, log], ["unexpected-part", [0]]);
    assert(error.cause instanceof AggregateError);
    assertEquals(error.cause.errors, [failures[1], failures[0]]);
  });

  it("runs when a field has the name of a file that is stored, and the reverse", async () => {
    const log: string[] = [];
    const f = file({ multiple: true, store: noting(log) });
    const once = ["stored 1", "undoing 1", "undid 1"];
    const error = await refusal(() =>
      readForm(form(filePart("f", "1", "one"), textPart("f", "")), { f })
    );
    assertEquals([error.code, error.partName, log], [
      "unexpected-part",
      "f",
      once,
    ]);
    const reverse = await refusal(() =>
      readForm(
        form(
          filePart("f", "1", "one"),
          textPart("t", ""),
          filePart("t", "", "x"),
        ),
        { f, t: field({ multiple: true }) },
      )
    );
    assertEquals([reverse.code, reverse.partName, log], [
      "unexpected-part",
      "t",
      [...once, ...once],
    ]);
  });

  it("is not called any more when the form is complete", async () => {
    const log: string[] = [];
    let register: ((action: () => unknown) => void) | undefined;
    await readForm(form(twoFiles[0]), {
      f: file({ store: (_part, { undo }) => void (register = undo) }),
    });
    register?.(() => log.push("too late"));
    await turns();
    assertEquals(log, []);
  });

  it("runs for each of 10,000 files, the last first", async () => {
    const part = utf8(
      '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n1\r\n',
    );
    function* parts(): Generator<Uint8Array> {
      for (let index = 0; index < 10_000; index++) yield part;
    }
    let stored = 0;
    let isInOrder = true;
    const error = await refusal(() =>
      readForm(multipart(parts()), {
        f: file({
          multiple: true,
          store: (_part, { undo }) => {
            const index = stored++;
            undo(() => isInOrder &&= --stored === index);
          },
        }),
      }, { limits: { parts: Infinity } })
    );
    assertEquals([error.code, stored, isInOrder], ["truncated", 0, true]);
  });

  it("leaves an error as it is that has a cause, or is frozen", async () => {
    const causes = [
      new Error("with", { cause: "mine" }),
      Object.freeze(new Error("frozen")),
      "text",
    ];
    for (const thrown of causes) {
      const store: FileStore<never> = (_part, { undo }) => {
        undo(() => Promise.reject(new Error("cannot undo")));
        throw thrown;
      };
      const outcome = await readForm(form(twoFiles[0]), { f: file({ store }) })
        .then(() => "none", (error) => error);
      assert(outcome === thrown);
      if (outcome instanceof Error) {
        assertEquals(
          outcome.cause,
          outcome.message === "with" ? "mine" : undefined,
        );
      }
    }
  });
});

describe("an abort", () => {
  const pending: StandardSchema<unknown, never> = {
    "~standard": { version: 1, vendor: "test", validate: never },
  };
  const first = [
    filePart("f", "1", "one"),
    filePart("g", "2", "two"),
    textPart("t", "x"),
  ];
  const store = file({ store: never });
  const cases = {
    "a check": { g: file({ check: never }), t: field() },
    "a store": { g: store, t: field() },
    "a field's schema": { g: file(), t: field({ schema: pending }) },
    "the schema of the whole": { g: file(), t: field() },
  };
  for (const [what, shape] of Object.entries(cases)) {
    it(`while ${what} is pending undoes all and rejects with the reason`, async () => {
      const log: string[] = [];
      const { signal, abort } = controller();
      const all = { f: file({ store: noting(log) }), ...shape };
      const isWhole = what === "the schema of the whole";
      const reading = isWhole
        ? readForm(form(...first), all, { signal, schema: pending })
        : readForm(form(...first), all, { signal });
      assertEquals(await isSettled(reading), false);
      assertEquals(log, ["stored 1"]);
      const reason = new Error("gone");
      abort(reason);
      const error = await assertRejects(() => reading);
      assert(error === reason);
      assertEquals(log, ["stored 1", "undoing 1", "undid 1"]);
    });
  }

  it("from within a check, a store or a schema undoes all as well", async () => {
    for (const what of ["check", "store", "field", "form"]) {
      const log: string[] = [];
      const { signal, abort } = controller();
      const reason = new Error("gone");
      const abortIn = (place: string): boolean => {
        if (place === what) abort(reason);
        return true;
      };
      const aborting = (place: string): StandardSchema<unknown, unknown> => ({
        "~standard": {
          version: 1,
          vendor: "test",
          validate: (value) => abortIn(place) ? { value } : { issues: [] },
        },
      });
      const shape = {
        f: file({ store: noting(log) }),
        g: file({
          check: () => abortIn("check"),
          store: () => abortIn("store"),
        }),
        t: field({ schema: aborting("field") }),
      };
      const error = await assertRejects(() =>
        readForm(form(...first), shape, { signal, schema: aborting("form") })
      );
      assert(error === reason, what);
      assertEquals(log, ["stored 1", "undoing 1", "undid 1"], what);
    }
  });

  it("at any moment undoes all, or comes too late for the form", async () => {
    const outcomes = new Set<boolean>();
    for (let ticks = 0; ticks < 30; ticks++) {
      const log: string[] = [];
      const { signal, abort } = controller();
      const abortLater = async (): Promise<void> => {
        for (let tick = 0; tick < ticks; tick++) await undefined;
        abort("gone");
      };
      const schema: StandardSchema<unknown, string> = {
        "~standard": {
          version: 1,
          vendor: "test",
          validate() {
            void abortLater();
            return { value: "whole" };
          },
        },
      };
      const shape = { f: file({ store: noting(log) }) };
      const outcome = await readForm(form(first[0]), shape, { signal, schema })
        .catch((error) => error);
      await turns();
      const isWhole = outcome === "whole";
      outcomes.add(isWhole);
      if (!isWhole) assertEquals(outcome, "gone");
      assertEquals(
        log,
        isWhole ? ["stored 1"] : ["stored 1", "undoing 1", "undid 1"],
        `${ticks}`,
      );
    }
    assertEquals(outcomes.size, 2);
  });

  it("while a check is pending keeps the file from its store", async () => {
    const { signal, abort } = controller();
    let pass = (_isAcceptable: boolean): void => {};
    let stored = 0;
    const reading = readForm(form(...first), {
      f: file({
        check: () => new Promise<boolean>((resolve) => pass = resolve),
        store: () => stored++,
      }),
    }, { signal });
    assertEquals(await isSettled(reading), false);
    abort("gone");
    assertEquals(await reading.catch((error) => error), "gone");
    pass(true);
    await turns();
    assertEquals(stored, 0);
  });

  it("whose undoing fails rejects with the reason, and says so in its cause", async () => {
    const { signal, abort } = controller();
    const failure = new Error("cannot undo");
    const reading = readForm(form(...twoFiles), {
      f: file({
        multiple: true,
        store: (part, { undo }) => {
          undo(() => Promise.reject(failure));
          return part.filename === "1" ? "1" : never();
        },
      }),
    }, { signal });
    assertEquals(await isSettled(reading), false);
    const reason = new Error("gone");
    abort(reason);
    assert(await assertRejects(() => reading) === reason);
    assert(reason.cause instanceof AggregateError);
    assertEquals(reason.cause.errors, [failure, failure]);
  });

  it("while the source is waited for undoes all", async () => {
    const log: string[] = [];
    const { signal, abort } = controller();
    const body = formBody(first);
    const source = probe([body.subarray(0, body.length - 10)], "stall");
    const reading = readForm({ ...form(), body: source.stream }, {
      f: file({ store: noting(log) }),
      g: file(),
      t: field(),
    }, { signal });
    assertEquals(await isSettled(reading), false);
    abort("gone");
    assertEquals(await reading.catch((error) => error), "gone");
    assertEquals([log, source.cancellations, source.stream.locked], [
      ["stored 1", "undoing 1", "undid 1"],
      ["gone"],
      false,
    ]);
  });

  it("before it begins reads nothing", async () => {
    const source = probe([formBody(first)]);
    const error = await readForm({ ...form(), body: source.stream }, {
      f: file(),
    }, { signal: AbortSignal.abort("gone") }).catch((error) => error);
    assertEquals([error, source.pulls], ["gone", 0]);
  });

  it("runs at once what a store registers later, and ignores its result", async () => {
    for (const fails of [false, true]) {
      const log: string[] = [];
      const { signal, abort } = controller();
      let proceed = (): void => {};
      const gate = new Promise<void>((resolve) => proceed = resolve);
      let given: AbortSignal | undefined;
      const reading = readForm(form(...twoFiles), {
        f: file({
          multiple: true,
          store: async (_part, { undo, signal }) => {
            given = signal;
            await gate;
            undo(() => {
              log.push("late");
              if (fails) throw new Error("cannot undo");
            });
            if (fails) throw new Error("too late");
            return 1;
          },
        }),
      }, { signal });
      await turns();
      abort("gone");
      assertEquals(await reading.catch((error) => error), "gone");
      assertEquals([given?.aborted, log], [true, []]);
      proceed();
      await turns();
      assertEquals(log, ["late"]);
    }
  });

  it("a store has a signal even if the caller gives none", async () => {
    const { f } = await readForm(form(twoFiles[0]), {
      f: file({ store: (_part, { signal }) => signal.aborted }),
    });
    assertEquals(f, false);
  });

  it("after the end changes nothing, and nothing listens any longer", async () => {
    const log: string[] = [];
    const { signal, abort } = controller();
    const listeners = new Set<unknown>();
    const watched = new Proxy(signal, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (type: string, listener: unknown) => {
          if (name === "addEventListener") listeners.add(listener);
          if (name === "removeEventListener") listeners.delete(listener);
          return value.call(target, type, listener);
        };
      },
    });
    const { f } = await readForm(form(twoFiles[0]), {
      f: file({ store: noting(log) }),
    }, { signal: watched });
    await turns();
    assertEquals(listeners.size, 0);
    abort("gone");
    await turns();
    assertEquals([f, log], ["1", ["stored 1"]]);
  });
});

describe("hostile forms", () => {
  it("100,000 parts stop at limits.parts, and are undone", async () => {
    let stored = 0;
    const part = utf8(
      '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n1\r\n',
    );
    function* parts(): Generator<Uint8Array> {
      for (let index = 0; index < 100_000; index++) yield part;
    }
    const error = await refusal(() =>
      readForm(multipart(parts()), {
        f: file({
          multiple: true,
          store: (_part, { undo }) => {
            stored++;
            undo(() => stored--);
          },
        }),
      })
    );
    assertEquals([error.code, error.partIndex, stored], [
      "too-many-parts",
      1000,
      0,
    ]);
  });

  it("100,000 parts that are allowed still count for what is held", async () => {
    const part = utf8(
      '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n\r\n',
    );
    function* parts(): Generator<Uint8Array> {
      for (let index = 0; index < 100_000; index++) yield part;
    }
    const error = await refusal(() =>
      readForm(multipart(parts()), { f: field({ multiple: true }) }, {
        limits: { parts: Infinity, bufferedBytes: 10_000 },
      })
    );
    assertEquals([error.code, error.partIndex, error.limit], [
      "part-too-large",
      10_000,
      "bufferedBytes",
    ]);
  });

  it("a stored file that never ends stops at maxBytes", async () => {
    const chunk = new Uint8Array(65_536);
    let pulls = 0;
    function* endless(): Generator<Uint8Array> {
      yield utf8(
        '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n',
      );
      for (;;) {
        pulls++;
        yield chunk;
      }
    }
    for (const reads of [true, false]) {
      pulls = 0;
      const message = multipart(endless());
      const error = await refusal(() =>
        readForm(message, {
          f: file({
            maxBytes: 1_000_000,
            store: async (part) => {
              if (reads) { for await (const _ of part); }
              return 1;
            },
          }),
        })
      );
      assertEquals([error.code, error.limit], ["part-too-large", "maxBytes"]);
      assert(pulls <= 18, `${pulls}`);
      assertEquals(message.body.locked, false);
    }
  });
});

function controller(): {
  signal: AbortSignal;
  abort: (reason: unknown) => void;
} {
  const made = new AbortController();
  return { signal: made.signal, abort: (reason) => made.abort(reason) };
}
