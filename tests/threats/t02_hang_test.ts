import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartDecoderStream,
  MultipartParser,
  MultipartReader,
} from "@tributary/multipart";
import { bytewise, fieldHead, streamOf, utf8 } from "../bytes.ts";
import { isSettled, probe } from "../reader/probe.ts";
import { CORPUS } from "./corpus.ts";
import { codeOf, errorOf, FORM, inTurn, OPEN_FIELD } from "./hostile.ts";

describe("T2 hang", () => {
  it("an input that is cut at any byte is read in a bounded number of steps", () => {
    for (const { body } of CORPUS) {
      for (const profile of ["form-data", "mime", "mixed-replace"] as const) {
        for (let cut = 0; cut <= body.length; cut++) {
          const parser = new MultipartParser({ boundary: "b", profile });
          let events = 0;
          codeOf(parser, bytewise(body.subarray(0, cut)), () => events++);
          // Each byte causes at most three events: a request for it, data, and
          // the end of a part.
          assertLessOrEqual(events, 3 * cut + 4, `${profile}, cut at ${cut}`);
        }
      }
    }
  });

  it("an input that is cut at any byte leaves nothing pending", async () => {
    for (const { body, contentType } of CORPUS) {
      for (let cut = 0; cut <= body.length; cut++) {
        const source = probe([body.subarray(0, cut)]);
        const reader = new MultipartReader(source.stream, { contentType });
        const ends = (async () => {
          for await (const part of reader.walk()) await part.bytes();
        })().then(() => "ended", (error) => error.name);
        assert(["ended", "MultipartError"].includes(await ends), `${cut}`);
        assertEquals(source.stream.locked, false);
      }
    }
  });

  it("a boundary of 256 bytes is refused before anything is read", async () => {
    for (const length of [71, 256, 100_000]) {
      const source = probe([utf8("--b")]);
      const error = await errorOf(() =>
        new MultipartReader(source.stream, {
          contentType: `multipart/form-data; boundary=${"b".repeat(length)}`,
        })
      );
      assertEquals(error.code, "invalid-boundary");
      assertEquals(source.pulls, 0);
    }
  });

  it("a form without one CRLF fails, and waits for none", async () => {
    const lines = `--b\n${fieldHead("a")}\n\n1\n--b--\n`;
    for (const text of [lines, lines.replaceAll("\n", "\r"), "--b", "--b--"]) {
      const reader = new MultipartReader(streamOf(bytewise(utf8(text))), {
        contentType: FORM,
      });
      const form = reader.formData().then(() => undefined, (e) => e.status);
      assertEquals(await form, text === "--b--" ? undefined : 400, text);
    }
  });

  it("an epilogue that comes late does not hold up the end", async () => {
    const body = utf8(`${OPEN_FIELD}1\r\n--b--`);
    const chunks = [body, utf8("\r\n"), utf8("late"), utf8("r")];
    const reader = new MultipartReader(streamOf(chunks), { contentType: FORM });
    assertEquals([...await reader.formData()], [["a", "1"]]);
    const parts = streamOf(chunks)
      .pipeThrough(new MultipartDecoderStream({ contentType: FORM }))
      .getReader();
    const { value: part } = await parts.read();
    assertEquals(await part?.text(), "1");
    assert((await parts.read()).done);
  });

  it("a peer that stalls is waited for until the caller has enough of it", async () => {
    const body = utf8(`${OPEN_FIELD}1\r\n--b--\r\n`);
    for (let cut = 0; cut < body.length; cut++) {
      const source = probe([body.subarray(0, cut)], "stall");
      const abort = new AbortController();
      const reader = new MultipartReader(source.stream, {
        contentType: FORM,
        signal: abort.signal,
      });
      const form = reader.formData().catch((error) => error);
      if (cut % 10 === 0) assertEquals(await isSettled(form), false);
      const reason = new Error("the time is up");
      abort.abort(reason);
      assertEquals(await form, reason);
      assertEquals(source.cancellations, [reason]);
    }
  });

  it("chunks that hold nothing are passed by", async () => {
    const empty = Array.from({ length: 10_000 }, () => new Uint8Array(0));
    const reader = new MultipartReader(
      inTurn(empty, OPEN_FIELD, empty, "1", empty, "\r\n--b--", empty),
      { contentType: FORM },
    );
    assertEquals([...await reader.formData()], [["a", "1"]]);
  });
});
