/** How a peer is declared, and what it reports. */
import type { InteropCase, Kind, SentPart } from "../composer.ts";

/** What a peer can report of a leaf besides its name, filename and body. */
export type Trait =
  | "path"
  | "type"
  /** The type of parts with a filename. */
  | "file type"
  | "headers"
  | "order"
  | "empty filename";

/** A leaf as the receiving side reports it. */
export interface ToldPart {
  path?: number[] | null;
  name?: string | null;
  filename?: string | null;
  /** Content-Type, with or without its parameters. */
  type?: string | null;
  headers?: Record<string, string> | null;
  /** In bytes, after decoding. */
  length: number;
  sha256: string;
}

/** A body for a peer. */
export interface Message {
  readonly contentType: string;
  /** The whole body. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same multipart, written while it is read. */
  stream(): ReadableStream<Uint8Array>;
  /** The same, as the writer passes it to `fetch`. */
  requestInit(): RequestInit;
}

/** One way in which a peer reads what this writer writes. */
export interface Reading {
  /** Distinguishes several ways. */
  readonly by?: string;
  readonly kinds: readonly Kind[];
  readonly tells: readonly Trait[];
  /** More cases than those for all peers. */
  readonly also?: readonly InteropCase[];
  read(message: Message): Promise<ToldPart[]>;
  /** The cases in which this peer differs. */
  readonly differs?: Readonly<Record<string, Difference>>;
}

/** How a peer's result differs from what was sent. */
export type Difference =
  /** The peer refuses it, with a message that matches. */
  | { readonly refuses: RegExp }
  /** The peer reports this instead of what was sent. */
  | { readonly tells: (sent: SentPart[]) => SentPart[] };

/** A multipart that is sent, in either direction. */
export interface Exchange {
  readonly id: string;
  readonly kind: Kind;
  readonly parts: readonly SentPart[];
  readonly tells: readonly Trait[];
  /** The known difference of the peer. `parts` is what was requested. */
  readonly differs?: Difference;
  /** Has it sent, and returns what the receiving side reports. */
  tell(): Promise<ToldPart[]>;
}

/** Other software that reads or writes multipart. */
export interface Peer {
  readonly name: string;
  /** What to do if it is missing. */
  readonly hint: string;
  /** Resolves with undefined if it is missing. */
  version(): Promise<string | undefined>;
  /** How it reads the cases for all peers. */
  readonly reads?: readonly Reading[];
  /** What is sent only to this peer. */
  readonly takes?: readonly Exchange[];
  /** What it sends to this reader. */
  readonly writes?: readonly Exchange[];
  /** Ends the processes that it started. */
  stop?(): Promise<void>;
}
