/**
 * Makes tests from a peer's declaration. Their names are what the matrix is
 * made of: `peer > direction > kind > case`.
 */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { after } from "node:test";
import { MissingTool } from "../../runtimes/missing_tool.ts";
import type { Composer, InteropCase, SentPart } from "../composer.ts";
import { formCases } from "../form_cases.ts";
import { mimeCases } from "../mime_cases.ts";
import { assertExplained } from "./explained.ts";
import { canonicalSent, canonicalTold } from "./parts.ts";
import type {
  Difference,
  Exchange,
  Message,
  Peer,
  Reading,
  ToldPart,
  Trait,
} from "./peer.ts";

const cases = [...formCases, ...mimeCases];

/** Registers all tests of a peer. They are skipped if the peer is missing. */
export function interop(peer: Peer): void {
  let checked: Promise<void> | undefined;
  const test = (title: string, run: () => Promise<void>) =>
    it(title, async () => {
      await (checked ??= checkPeer(peer));
      await run();
    });
  describe(peer.name, () => {
    describe("writer to peer", () => {
      for (const reading of peer.reads ?? []) testReading(peer, reading, test);
      for (const exchange of peer.takes ?? []) {
        testExchange(peer, exchange, test);
      }
    });
    describe("peer to reader", () => {
      for (const exchange of peer.writes ?? []) {
        testExchange(peer, exchange, test);
      }
    });
  });
  after(() => peer.stop?.());
}

type Register = (title: string, run: () => Promise<void>) => void;

/** Prints the version for the matrix. */
async function checkPeer({ name, hint, version }: Peer): Promise<void> {
  const found = await version();
  if (found === undefined) throw new MissingTool(name, hint);
  console.log(`PEER ${name} ${found}`);
}

function testReading(
  { name }: Peer,
  reading: Reading,
  test: Register,
): void {
  const { kinds, by, also = [], differs = {} } = reading;
  const common = cases.filter(({ kind }) => kinds.includes(kind));
  for (const one of [...common, ...also]) {
    const difference = differs[one.id];
    const title = `${one.kind} > ${one.id}${by ? ` (${by})` : ""}`;
    test(difference ? `${title}, differs` : title, async () => {
      if (difference) await assertExplained(one.id, name);
      const composer = one.compose();
      const message = await messageOf(composer, one);
      const tell = () => reading.read(message);
      await compare(reading, composer.parts, difference, tell);
    });
  }
}

function testExchange(
  { name }: Peer,
  exchange: Exchange,
  test: Register,
): void {
  const { id, kind, differs } = exchange;
  const title = `${kind} > ${id}`;
  test(differs ? `${title}, differs` : title, async () => {
    if (differs) await assertExplained(id, name);
    await compare(exchange, exchange.parts, differs, exchange.tell);
  });
}

async function compare(
  { tells }: { tells: readonly Trait[] },
  sent: readonly SentPart[],
  difference: Difference | undefined,
  tell: () => Promise<ToldPart[]>,
): Promise<void> {
  // A known difference must occur exactly as declared.
  if (difference !== undefined && "refuses" in difference) {
    const error = await assertRejects(tell, Error);
    assertMatch(error.message, difference.refuses);
    return;
  }
  const parts = difference?.tells([...sent]) ?? sent;
  assertEquals(
    canonicalTold(await tell(), parts, tells),
    canonicalSent(parts, tells),
  );
}

async function messageOf(
  { writer }: Composer,
  one: InteropCase,
): Promise<Message> {
  const { boundary, contentType } = writer;
  return {
    contentType,
    bytes: await writer.bytes(),
    stream: () => one.compose(boundary).writer.stream(),
    requestInit: () => one.compose(boundary).writer.toRequestInit(),
  };
}
