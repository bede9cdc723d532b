import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartParser,
  type MultipartParserOptions,
} from "@tributary/multipart";
import { cuttings, utf8 } from "../../bytes.ts";
import vectors from "./parser_events.json" with { type: "json" };

/**
 * Returns the events as text, with a part's data joined, and the error that
 * ends them.
 */
function eventsOf(
  chunks: readonly Uint8Array[],
  options: MultipartParserOptions,
  end: "when asked" | "with the last chunk",
): string[] {
  const parser = new MultipartParser(options);
  const left = [...chunks];
  const events: string[] = [];
  let data = "";
  const add = (event: string): void => {
    if (data !== "") events.push(`data ${JSON.stringify(data)}`);
    data = "";
    events.push(event);
  };
  try {
    for (;;) {
      const event = parser.next();
      if (event.type === "need-data") {
        const chunk = left.shift();
        if (chunk === undefined) parser.end();
        else parser.push(chunk);
        if (end === "with the last chunk" && left.length === 0) parser.end();
      } else if (event.type === "data") {
        data += String.fromCharCode(...event.data);
      } else if (event.type === "part") {
        const { name, filename, contentType } = event.head;
        add(["part", name, filename, contentType].filter(Boolean).join(" "));
      } else if (event.type === "part-end") add("part-end");
      else {
        add(`end ${parser.offset}`);
        return events;
      }
    }
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    const { code, offset, partIndex, message } = error;
    const where = partIndex === undefined ? "" : ` in ${partIndex}`;
    add(`${code} at ${offset}${where}: ${message}`);
    return events;
  }
}

interface Case {
  name: string;
  options: MultipartParserOptions;
  input: string;
  events: string[];
}

const groups = vectors.groups as Record<string, Case[]>;

for (const [subject, cases] of Object.entries(groups)) {
  describe(`the events ${subject}`, () => {
    for (const { name, options, input, events } of cases) {
      it(`are the same of ${name}, however it is cut`, () => {
        for (const { label, chunks } of cuttings(utf8(input))) {
          for (const end of ["when asked", "with the last chunk"] as const) {
            assertEquals(eventsOf(chunks, options, end), events, label);
          }
        }
      });
    }
  });
}
