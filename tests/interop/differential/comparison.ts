/** Compares how a peer and this library read random bodies. */
import { assertEquals, fail } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as fc from "fast-check";
import process from "node:process";
import { shared } from "../../driving/shared.ts";
import {
  plainSamples,
  type Sample,
  soundBodies,
  write,
} from "../../fuzz/bodies.ts";
import { budgetFor } from "../../fuzz/property.ts";
import { assertExplained } from "../harness/explained.ts";
import { comparable, type Difference, explain } from "./difference.ts";
import { found } from "./found.ts";
import type { Judge, Verdict } from "./verdict.ts";

/** A peer that answers until it is stopped. */
export interface Started {
  readonly judge: Judge;
  stop?(): Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** Throws a `MissingTool` if this machine lacks the peer. */
  start(): Started | Promise<Started>;
  readonly kinds: readonly ("form" | "mail")[];
  /** Reads the same bodies with this library. */
  readonly ours: Judge;
  readonly differences: readonly Difference[];
}

/** The number of bodies in one request. */
const BATCH = 250;

/** Registers the tests of a peer. They are skipped if the peer is missing. */
export function testPeer(peer: Peer): void {
  const { name, kinds, differences } = peer;
  const started = shared(() => peer.start(), (one) => one.stop?.());
  describe(name, () => {
    const met = new Set<string>();
    let left = kinds.length + 2;
    const compare = async (
      batches: Iterable<readonly Sample[]>,
      counts?: (ours: Verdict, theirs: Verdict) => boolean,
    ) => {
      const { judge } = await started();
      await compareVerdicts(peer, judge, batches, met, counts);
      left--;
    };

    for (const kind of kinds) {
      it(`reads a sound ${kind} as we do, but for what is known`, async () => {
        await compare(batchesOf(soundSamples(kind)));
      });
    }

    it("reads damaged bodies as we do, where neither refuses them", async () => {
      await compare(
        batchesOf(damagedSamples(kinds)),
        (ours, theirs) => !ours.error && !theirs.error,
      );
    });

    it("reads what was found before as we do, but for what is known", async () => {
      await compare([found]);
    });

    it("differs in what is explained, and in nothing else", async () => {
      const names = differences.map((difference) => difference.name);
      for (const id of names) await assertExplained(id, name);
      // A difference that no longer occurs must be removed from the list. Only
      // a run of all tests with the default bodies can tell.
      const { FUZZ_SEED, FUZZ_RUNS } = process.env;
      if (left > 0 || FUZZ_SEED || FUZZ_RUNS) return;
      assertEquals([...met].sort(), [...names].sort());
    });
  });
}

function soundSamples(kind: "form" | "mail"): fc.Arbitrary<Sample> {
  const profile = kind === "form" ? "form-data" : "mime";
  return soundBodies(kind).map((body) => ({
    text: write(body),
    options: { boundary: body.boundary, profile },
  }));
}

function damagedSamples(kinds: Peer["kinds"]): fc.Arbitrary<Sample> {
  return plainSamples
    .filter(({ options }) => options.profile !== "mixed-replace")
    .map(({ text, options: { boundary, profile } }) => ({
      text,
      options: {
        boundary,
        profile: kinds.includes("mail") ? profile : "form-data",
      },
    }));
}

/** Yields batches as long as the budget lasts. */
function* batchesOf(samples: fc.Arbitrary<Sample>): Generator<Sample[]> {
  const { runs, seed, timeLimit = Infinity } = budgetFor(1000);
  const deadline = performance.now() + timeLimit;
  for (let run = 0; run < runs && performance.now() < deadline; run += BATCH) {
    const numRuns = Math.min(BATCH, runs - run);
    yield fc.sample(samples, { numRuns, seed: seed + run });
  }
}

/** Asks both, and adds the differences to `met`. */
async function compareVerdicts(
  { ours: askUs, differences }: Peer,
  askThem: Judge,
  batches: Iterable<readonly Sample[]>,
  met: Set<string>,
  counts: (ours: Verdict, theirs: Verdict) => boolean = () => true,
): Promise<void> {
  for (const batch of batches) {
    const [ours, theirs] = [await askUs(batch), await askThem(batch)];
    // The shortest come first: they are the easiest to understand.
    const order = batch.keys().toArray()
      .sort((one, other) => batch[one].text.length - batch[other].text.length);
    for (const at of order) {
      if (!counts(ours[at], theirs[at])) continue;
      const reasons = explain(differences, batch[at], ours[at], theirs[at]);
      if (reasons === undefined) report(batch[at], ours[at], theirs[at]);
      for (const { name } of reasons) met.add(name);
    }
  }
}

/** Fails for an unknown difference. */
function report(sample: Sample, ours: Verdict, theirs: Verdict): never {
  console.log(JSON.stringify({ sample, ours, theirs }));
  assertEquals(comparable(sample, theirs), comparable(sample, ours));
  fail("What JSON tells apart is equal");
}
