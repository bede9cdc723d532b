/**
 * The uploads of a soak test, made from a seed: complete, malformed, and cut
 * off.
 */
import { createHash } from "node:crypto";
import { defects } from "./defects.ts";
import {
  bytesOf,
  CLOSE_DELIMITER,
  CONTENT_TYPE,
  fieldPart,
  filePart,
  type Form,
  strewBeginnings,
} from "./form.ts";
import { Random } from "./random.ts";
import { readingWays } from "./reading_ways.ts";
import type { ReceivedFile } from "./upload_service.ts";

/** An upload, and its expected result. */
export type Upload =
  & {
    readonly index: number;
    /** The path, which selects how the server reads. */
    readonly path: string;
    readonly contentType: string;
    readonly body: readonly Uint8Array[];
    /** The length of the body in bytes. */
    readonly length: number;
    /** Whether the request has a Content-Length. */
    readonly statesLength: boolean;
  }
  & Fate;

/** The expected result of an upload. */
export type Fate =
  | { readonly kind: "complete"; readonly files: readonly ReceivedFile[] }
  | {
    readonly kind: "malformed";
    readonly defect: string;
    /** The status of the expected response. */
    readonly status: number;
    readonly code: string;
  }
  | {
    readonly kind: "aborted";
    /** The number of bytes that are sent before the connection ends. */
    readonly cut: number;
    /** How long the server waits for more, in milliseconds. */
    readonly pause: number;
    /** Whether the connection is reset instead of closed. */
    readonly resets: boolean;
  };

const KIB = 1024;
const USUAL = 256 * KIB;
const LARGE = 4096 * KIB;
/** One in this many uploads has a large file. */
const LARGE_EVERY = 64;

/** Makes uploads. Of every ten, one is malformed and one is cut off. */
export class Uploads {
  readonly #random: Random;
  /** Contents are slices of it. */
  readonly #pool: Uint8Array;
  #count = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#pool = this.#random.bytes(2 * LARGE);
    strewBeginnings(this.#pool, this.#random);
  }

  next(): Upload {
    const index = this.#count++;
    const random = this.#random;
    const form: Form = {
      contentType: CONTENT_TYPE,
      parts: Array.from(
        { length: 1 + random.below(3) },
        (_, at) => filePart(`file${at}`, this.#content(at === 0)),
      ),
      end: CLOSE_DELIMITER,
    };
    const files = form.parts.map(({ content }) => describe(content));
    form.parts.splice(
      random.below(form.parts.length + 1),
      0,
      fieldPart("title", `Upload ${index}`),
    );
    const fate = this.#decide(index, form, files);
    const body = bytesOf(form);
    return {
      index,
      path: `/${random.pick(readingWays).name}`,
      contentType: form.contentType,
      body,
      length: lengthOf(body),
      statesLength: random.below(2) === 0,
      ...fate,
    };
  }

  /** Decides the form's result. May make the form malformed. */
  #decide(index: number, form: Form, files: readonly ReceivedFile[]): Fate {
    const random = this.#random;
    if (index % 10 === 3) {
      const { name, status, code, spoil } = random.pick(defects);
      spoil(form, random.below(form.parts.length + 1));
      return { kind: "malformed", defect: name, status, code };
    }
    if (index % 10 === 7) {
      const most = lengthOf(bytesOf(form)) - CLOSE_DELIMITER.length;
      return {
        kind: "aborted",
        cut: 1 + random.below(most),
        pause: random.pick([0, 0, 5, 20]),
        resets: random.below(2) === 0,
      };
    }
    return { kind: "complete", files };
  }

  /** Content of any length. Most is short. */
  #content(mayBeLarge: boolean): Uint8Array {
    const random = this.#random;
    const isLarge = mayBeLarge && random.below(LARGE_EVERY) === 0;
    const length = isLarge
      ? LARGE / 4 + random.below(LARGE * 3 / 4)
      : Math.floor(USUAL ** random.next()) - 1;
    const start = random.below(this.#pool.length - length);
    return this.#pool.subarray(start, start + length);
  }
}

function describe(content: Uint8Array): ReceivedFile {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { size: content.length, sha256 };
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
