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
import { type Body, type BodyPlan, OCTET_STREAM } from "../part/body_plan.ts";
import {
  labelOf,
  type OpenedBody,
  type PartLabel,
  SourceChunks,
} from "../part/body_reader.ts";
import { fieldsOf } from "../part/header_list.ts";

const ALREADY_READ = "it has already been read";

/** What has been opened, by whichever writer, and can be read but once. */
const opened = new WeakSet<object>();

/** What a one-time body is read from. */
interface OneTimeSource {
  /** What must not be opened twice. */
  readonly identity: object;
  readonly type?: string | undefined;
  readonly forwarded?: readonly HeaderField[];
  /** Why it cannot be opened now, if so. */
  problem(): string | undefined;
  open(): ChunkSource<unknown>;
}

/** A stream, an iterable, or what holds one. */
export class OneTimeBody implements Body, BodyPlan {
  readonly #source: OneTimeSource;
  readonly type: string | undefined;
  readonly defaultType = OCTET_STREAM;
  readonly filename = undefined;
  readonly isFile: boolean;
  readonly forwarded?: readonly HeaderField[];
  readonly size = undefined;
  readonly keepsSize = false;
  readonly repeatable = false;
  readonly oneTimeSources: readonly object[];
  readonly isLive = true;

  constructor(source: OneTimeSource) {
    this.#source = source;
    this.type = source.type;
    this.oneTimeSources = [source.identity];
    this.isFile = source.forwarded === undefined;
    if (source.forwarded !== undefined) this.forwarded = source.forwarded;
  }

  plan(): this {
    return this;
  }

  problem(): string | undefined {
    return opened.has(this.#source.identity)
      ? ALREADY_READ
      : this.#source.problem();
  }

  open(label: PartLabel): OpenedBody {
    opened.add(this.#source.identity);
    return new SourceChunks(this.#source.open(), labelOf(label));
  }

  segments(): undefined {}
}

/** A stream as a body. */
export function streamBody(stream: ReadableStream<unknown>): OneTimeBody {
  return new OneTimeBody(sourceOfStream(stream));
}

function sourceOfStream(stream: ReadableStream<unknown>): OneTimeSource {
  return {
    identity: stream,
    problem: () => stream.locked ? "it is locked to another reader" : undefined,
    open: () => new StreamSource(stream),
  };
}

/** The body of a response, with its type. */
export function responseBody(
  response: Response,
  stream: ReadableStream<unknown>,
): OneTimeBody {
  const source = sourceOfStream(stream);
  return new OneTimeBody({
    ...source,
    type: response.headers.get("content-type") ?? undefined,
    problem: () => response.bodyUsed ? ALREADY_READ : source.problem(),
  });
}

/** An async iterable as a body. */
export function iterableBody(iterable: AsyncIterable<unknown>): OneTimeBody {
  return new OneTimeBody({
    identity: iterable,
    // Node's streams say when somebody has read of them.
    problem: () =>
      "readableDidRead" in iterable && iterable.readableDidRead === true
        ? ALREADY_READ
        : undefined,
    open: () => new IteratorSource(iterable[Symbol.asyncIterator]()),
  });
}

/** A reader's part as a body. */
export function forwardedBody(part: ForwardedPart): OneTimeBody {
  return new OneTimeBody({
    identity: part,
    forwarded: fieldsOf(part.headers),
    problem: () => part.bodyUsed ? ALREADY_READ : undefined,
    open: () => new StreamSource(part.stream({ decode: false })),
  });
}
