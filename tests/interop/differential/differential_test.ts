/**
 * Random bodies, and what peers make of them. Every difference has to be one of
 * those in `../differences.md`, under "Random bodies".
 */
import { assertEquals, fail } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as fc from "fast-check";
import process from "node:process";
import {
  plainSamples,
  type Sample,
  soundBodies,
  write,
} from "../../fuzz/bodies.ts";
import { budgetFor } from "../../fuzz/property.ts";
import {
  busboy,
  type Judge,
  judge,
  native,
  startGo,
  startPython,
  type Verdict,
} from "./peers.ts";

/** A way in which a peer differs, and for which bodies. */
interface Difference {
  readonly name: string;
  concerns(sample: Sample, ours: Verdict, theirs: Verdict): boolean;
}

interface Peer {
  readonly name: string;
  /** Undefined where it is missing. */
  start(): Promise<{ judge: Judge; stop?(): Promise<void> } | undefined>;
  readonly kinds: readonly ("form" | "mail")[];
  readonly differences: readonly Difference[];
}

/** A difference that shows in the bytes. */
function where(name: string, pattern: RegExp): Difference {
  return { name, concerns: ({ text }) => pattern.test(text) };
}

const padding = where(
  "padding behind a delimiter",
  /-[^\r\n]*[ \t](--)?[ \t]*\r\n|-[ \t]+$/,
);
const noParts: Difference = {
  name: "a multipart without parts",
  concerns: (_, { parts }) => parts.length === 0,
};
const delimiterBehind: Difference = {
  name: "a delimiter behind the last",
  concerns: ({ text, options: { boundary } }) =>
    text.split(`--${boundary}--`).slice(1).join("")
      .includes(`\r\n--${boundary}`),
};
const bareLineFeeds = where("an LF alone", /(?:^|[^\r])\n/);
const emptyNames = where("an empty name", /name=""/);

const peers: readonly Peer[] = [
  {
    name: "Go mime/multipart",
    start: startGo,
    kinds: ["form", "mail"],
    differences: [bareLineFeeds],
  },
  {
    name: "Python email",
    start: startPython,
    kinds: ["form", "mail"],
    differences: [
      noParts,
      bareLineFeeds,
      where("names in UTF-8", /name="\xc3/),
      where("a CR alone", /\r(?!\n)/),
      where("a part that claims to be a multipart", /multipart\//),
    ],
  },
  {
    name: "busboy",
    start: () => Promise.resolve({ judge: busboy }),
    kinds: ["form"],
    differences: [padding, emptyNames, delimiterBehind],
  },
  {
    name: "Node's formData()",
    start: () => Promise.resolve({ judge: native }),
    kinds: ["form"],
    differences: [
      padding,
      where("base64 in a form", /transfer-encoding: base64/i),
      where("a quote in a name", /\\"/),
      {
        name: "a boundary that begins with a dash",
        concerns: ({ options }) => options.boundary.startsWith("-"),
      },
      {
        name: "the boundary in the middle of lines",
        concerns: ({ options, text }) =>
          text.replaceAll(`--${options.boundary}`, "").includes(
            options.boundary,
          ),
      },
    ],
  },
];

/** Comparable: a field of a form is text. */
function partsOf({ parts, error }: Verdict, isForm: boolean): unknown {
  if (error !== undefined) return "refused";
  return parts.map(({ name, filename, content }) =>
    isForm
      ? [name, filename, filename === undefined ? textOf(content) : content]
      : content
  );
}

function textOf(content: string): string {
  const bytes = Uint8Array.from(content, (byte) => byte.charCodeAt(0));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function sound(kind: "form" | "mail"): fc.Arbitrary<Sample> {
  const profile = kind === "form" ? "form-data" : "mime";
  return soundBodies(kind).map((body) => ({
    text: write(body),
    options: { boundary: body.boundary, profile },
  }));
}

/** Asks both; the names of the differences that were met. */
async function compare(
  samples: fc.Arbitrary<Sample>,
  ask: Judge,
  differences: readonly Difference[],
  areBothAsked: (ours: Verdict, theirs: Verdict) => boolean = () => true,
): Promise<Set<string>> {
  const met = new Set<string>();
  const { runs, seed } = budgetFor(1000);
  for (const sample of fc.sample(samples, { numRuns: runs, seed })) {
    const [ours, theirs] = [await judge(sample), await ask(sample)];
    if (!areBothAsked(ours, theirs)) continue;
    const isForm = sample.options.profile === "form-data";
    const [one, other] = [partsOf(ours, isForm), partsOf(theirs, isForm)];
    if (JSON.stringify(one) === JSON.stringify(other)) continue;
    const explained = differences.filter((difference) =>
      difference.concerns(sample, ours, theirs)
    );
    if (explained.length === 0) {
      console.log(JSON.stringify({ sample, ours, theirs }));
      assertEquals(other, one);
      fail("What JSON tells apart is equal");
    }
    for (const { name } of explained) met.add(name);
  }
  return met;
}

for (const { name, start, kinds, differences } of peers) {
  const started = start();
  const peer = await started;
  describe(name, () => {
    if (peer === undefined) {
      it("is missing", () => {
        if (process.env["CI"]) throw new Error(`${name}: not found`);
        console.log(`SKIPPED ${name}: not found.`);
      });
      return;
    }
    const met = new Set<string>();
    it("reads sound bodies as we do, but for what is known", async () => {
      for (const kind of kinds) {
        for (const one of await compare(sound(kind), peer.judge, differences)) {
          met.add(one);
        }
      }
    });

    it("reads damaged bodies as we do, where neither refuses them", async () => {
      const samples = plainSamples
        .filter(({ options }) => options.profile !== "mixed-replace")
        .map(({ text, options: { boundary, profile } }) => ({
          text,
          options: {
            boundary,
            profile: kinds.length === 1 ? "form-data" as const : profile,
          },
        }));
      const more = await compare(
        samples,
        peer.judge,
        differences,
        (ours, theirs) => !ours.error && !theirs.error,
      );
      await peer.stop?.();
      // What is met no longer is to be known no longer.
      if (process.env["FUZZ_SEED"] !== undefined) return;
      assertEquals(
        [...met.union(more)].sort(),
        differences.map(({ name }) => name).sort(),
      );
    });
  });
}
