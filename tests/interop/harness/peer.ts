/** What a peer declares of itself, and what it hands back. */
import type { InteropCase, Kind, SentPart } from "../composer.ts";

/** What a peer can tell of a leaf besides its name, its file name and its body. */
export type Trait =
  | "path"
  | "type"
  /** The type of what has a file name. */
  | "file type"
  | "headers"
  | "order"
  | "empty filename";

/** A leaf as the receiving side tells of it. */
export interface ToldPart {
  path?: number[] | null;
  name?: string | null;
  filename?: string | null;
  /** Content-Type, with or without its parameters. */
  type?: string | null;
  headers?: Record<string, string> | null;
  /** Bytes, once encodings are undone. */
  length: number;
  sha256: string;
}

/** A body as it goes to a peer. */
export interface Message {
  readonly contentType: string;
  /** The bytes at once. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same multipart, written while it is read. */
  stream(): ReadableStream<Uint8Array>;
  /** The same, as the writer hands it to `fetch`. */
  requestInit(): RequestInit;
}

/** One way in which a peer reads what this writer makes. */
export interface Reading {
  /** Tells the ways apart, where there are several. */
  readonly by?: string;
  readonly kinds: readonly Kind[];
  readonly tells: readonly Trait[];
  /** Cases beside those that all peers read. */
  readonly also?: readonly InteropCase[];
  read(message: Message): Promise<ToldPart[]>;
  /** What this peer does otherwise, by the case. */
  readonly differs?: Readonly<Record<string, Difference>>;
}

/** What a peer makes of a case, where that is not what was sent. */
export type Difference =
  /** It refuses it, with these words. */
  | { readonly refuses: RegExp }
  /** It tells this of what was sent. */
  | { readonly tells: (sent: SentPart[]) => SentPart[] };

/** One thing that is sent, in the one direction or the other. */
export interface Exchange {
  readonly id: string;
  readonly kind: Kind;
  readonly parts: readonly SentPart[];
  readonly tells: readonly Trait[];
  /** What the peer makes of it, as it is known to; the parts are as asked for. */
  readonly differs?: Difference;
  /** Has it sent, and tells what the receiving side made of it. */
  tell(): Promise<ToldPart[]>;
}

/** Software that nobody here wrote, and that speaks multipart. */
export interface Peer {
  readonly name: string;
  /** What to do where it is missing. */
  readonly hint: string;
  /** Undefined where it is missing. */
  version(): Promise<string | undefined>;
  /** How it reads the cases that all peers read. */
  readonly reads?: readonly Reading[];
  /** What is sent to this peer alone. */
  readonly takes?: readonly Exchange[];
  /** What it sends to this reader. */
  readonly writes?: readonly Exchange[];
  /** Ends what it started. */
  stop?(): Promise<void>;
}
