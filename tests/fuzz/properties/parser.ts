/** Properties of `MultipartParser`, for any input. */
import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { plainSamples, samples, soundBodies, write } from "../bodies.ts";
import { BYTEWISE, deliveries, WHOLE } from "../chunking.ts";
import { model } from "../model.ts";
import { assertSame, parse } from "../outcome.ts";
import { type Property, property } from "../property.ts";

export const parserProperties: readonly Property[] = [
  property(
    "gives the same for every chunking: the parts, or one MultipartError",
    800,
    fc.tuple(samples, deliveries, deliveries),
    ([sample, one, other]) => {
      const whole = parse(sample, WHOLE);
      for (const delivery of [one, other, BYTEWISE]) {
        assertSame(parse(sample, delivery), whole);
      }
    },
  ),
  property(
    "gives the parts of a sound form",
    400,
    fc.tuple(soundBodies("form"), deliveries),
    ([body, delivery]) => {
      const options = {
        boundary: body.boundary,
        profile: "form-data",
      } as const;
      const { parts, ending } = parse({ text: write(body), options }, delivery);
      assertEquals(ending, "end");
      assertEquals(
        parts.map(({ data }) => data),
        body.parts.map(({ content }) => content),
      );
    },
  ),
  property(
    "gives the parts of a sound mail",
    400,
    fc.tuple(soundBodies("mail"), deliveries),
    ([body, delivery]) => {
      const options = { boundary: body.boundary, profile: "mime" } as const;
      const { parts, ending } = parse({ text: write(body), options }, delivery);
      assertEquals(ending, "end");
      assertEquals(
        parts.map(({ data }) => data),
        body.parts.map(({ content }) => content),
      );
    },
  ),
  property(
    "finds what a plain model finds",
    1000,
    fc.tuple(plainSamples, deliveries),
    ([sample, delivery]) => {
      const expected = model(sample);
      if (expected === undefined) return;
      const { parts, ending } = parse(sample, delivery);
      assertEquals({
        contents: parts.filter(({ isComplete }) => isComplete)
          .map(({ data }) => data),
        ending: ending === "end" ? ending : JSON.parse(ending).code,
      }, expected);
    },
  ),
];
