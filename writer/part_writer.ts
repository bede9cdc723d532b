import type { PartDraft } from "./part_draft.ts";

/**
 * One part of a `MultipartWriter`. Its fields can be changed until its bytes
 * are made.
 *
 * @example Compress a part
 * ```ts
 * import { MultipartWriter } from "@tributary/multipart/writer";
 *
 * const writer = new MultipartWriter();
 * const part = writer.append("a".repeat(10_000));
 * part.headers.set("Content-Encoding", "gzip");
 * const bytes = await writer.bytes();
 * if (bytes.length > 1000) throw new Error("expected less");
 * ```
 */
export class PartWriter {
  readonly #draft: PartDraft;

  /** Parts are made by a `MultipartWriter`. */
  constructor(draft: PartDraft) {
    this.#draft = draft;
  }

  /**
   * The part's fields, live: values are byte strings, as in Fetch. Setting
   * Content-Encoding or Content-Transfer-Encoding has the body encoded.
   * Content-Length is written when it is there, and then it is exact: where the
   * size is unknown, the body encoded or the part a form's, it is left out.
   */
  get headers(): Headers {
    return this.#draft.headers;
  }

  /**
   * Bytes of the body as it is written, encoded; `undefined` if that is not
   * known beforehand.
   *
   * @throws {TypeError} If an encoding is unknown.
   */
  get size(): number | undefined {
    return this.#draft.planAlone().size;
  }

  /** Whether the body can be written more than once. */
  get repeatable(): boolean {
    return this.#draft.planAlone().oneTimeSources.length === 0;
  }

  /**
   * Sets Content-Disposition.
   *
   * @param type `attachment`, `inline`, `form-data`, ...: a token.
   * @param parameters `name`, `filename`, or others, as text: they are escaped
   * as the type asks.
   * @throws {TypeError} If the type or a parameter's name is not a token, or a
   * value holds what cannot be escaped.
   */
  setContentDisposition(
    type: string,
    parameters: Readonly<Record<string, string | undefined>> = {},
  ): void {
    this.#draft.setDisposition(type, parameters ?? {});
  }
}
