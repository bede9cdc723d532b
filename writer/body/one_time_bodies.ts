/**
 * Bodies that can be written only once, such as streams.
 *
 * @module
 */
import {
  type ChunkSource,
  IteratorSource,
  StreamSource,
} from "../../wire/chunk_source.ts";
import type { HeaderField } from "../../wire/header_block.ts";
import type { ForwardedPart } from "./body.ts";
import type { Body, BodyPlan } from "../part/body_plan.ts";
import { labelOf, SourceChunks } from "../part/body_reader.ts";
import { fieldsOf } from "../part/header_list.ts";

const ALREADY_READ = "it has already been read";

/** One-time bodies that any writer has opened. */
const opened = new WeakSet<object>();

/** How to read a one-time body, and what it adds to its part's fields. */
interface OneTimeSource {
  readonly type?: string | undefined;
  readonly isFile?: boolean;
  readonly forwarded?: readonly HeaderField[];
  /** Why it cannot be opened now; `undefined` if it can. */
  problem(): string | undefined;
  read(): ChunkSource<unknown>;
}

/** @param identity The object that must not be opened twice. */
function oneTimeBody(
  identity: object,
  { read, problem, ...fields }: OneTimeSource,
): Body {
  const plan: BodyPlan = {
    oneTimeSources: [identity],
    isLive: true,
    problem: () => opened.has(identity) ? ALREADY_READ : problem(),
    open(label) {
      opened.add(identity);
      return new SourceChunks(read(), labelOf(label));
    },
  };
  return { ...fields, plan: () => plan };
}

/** A stream as a body; a response's stream has the response's type. */
export function streamBody(
  stream: ReadableStream<unknown>,
  response?: Response,
): Body {
  return oneTimeBody(stream, {
    type: response?.headers.get("content-type") ?? undefined,
    isFile: true,
    problem() {
      if (response?.bodyUsed) return ALREADY_READ;
      return stream.locked ? "it is locked to another reader" : undefined;
    },
    read: () => new StreamSource(stream),
  });
}

/** An async iterable as a body. */
export function iterableBody(iterable: AsyncIterable<unknown>): Body {
  return oneTimeBody(iterable, {
    isFile: true,
    // Node's streams report whether they have been read.
    problem: () =>
      "readableDidRead" in iterable && iterable.readableDidRead === true
        ? ALREADY_READ
        : undefined,
    read: () => new IteratorSource(iterable[Symbol.asyncIterator]()),
  });
}

/** A reader's part as a body. */
export function forwardedBody(part: ForwardedPart): Body {
  return oneTimeBody(part, {
    forwarded: fieldsOf(part.headers),
    problem: () => part.bodyUsed ? ALREADY_READ : undefined,
    read: () => new StreamSource(part.stream({ decode: false })),
  });
}
