import type { PartDraft } from "./part_draft.ts";

/**
 * One part of a `MultipartWriter`. Its fields can be changed until it is
 * written.
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

  /** Created by a `MultipartWriter`. */
  constructor(draft: PartDraft) {
    this.#draft = draft;
  }

  /**
   * The part's fields, live; values are byte strings, as in Fetch. To encode
   * the body, set Content-Encoding or Content-Transfer-Encoding. Content-Length
   * is written only if it is set, and always exactly: it is left out if the
   * size is unknown, if the body is encoded, and in a form.
   */
  get headers(): Headers {
    return this.#draft.headers;
  }

  /**
   * Bytes of the body as written, encoded; `undefined` if not known in advance.
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
   * @param parameters `name`, `filename`, or others, as text; they are escaped
   * as the type requires.
   * @throws {TypeError} If the type or a parameter's name is not a token, or a
   * value cannot be escaped.
   */
  setContentDisposition(
    type: string,
    parameters: Readonly<Record<string, string | undefined>> = {},
  ): void {
    this.#draft.setDisposition(type, parameters ?? {});
  }
}
