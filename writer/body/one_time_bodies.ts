/**
 * Bodies that can be written once: whatever is read, and is gone then.
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

/** What has been opened, by whichever writer, and can be read but once. */
const opened = new WeakSet<object>();

/** What a one-time body is read from, and brings for its part's fields. */
interface OneTimeSource {
  readonly type?: string | undefined;
  readonly isFile?: boolean;
  readonly forwarded?: readonly HeaderField[];
  /** Why it cannot be opened now, if so. */
  problem(): string | undefined;
  read(): ChunkSource<unknown>;
}

/** @param identity What must not be opened twice. */
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

/** A stream as a body; that of a response has its type. */
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
    // Node's streams say when somebody has read of them.
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
