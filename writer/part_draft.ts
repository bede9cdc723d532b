import {
  formatContentDisposition,
  isFormDataDisposition,
} from "../wire/content_disposition.ts";
import type { HeaderField } from "../wire/header_block.ts";
import type { Body, BodyPlan } from "./part/body_plan.ts";
import {
  type BodyEncodings,
  NO_ENCODINGS,
  parseEncodings,
} from "./part/encodings.ts";
import {
  fieldValues,
  firstValue,
  joinedValue,
  reconcile,
  sortFields,
} from "./part/header_list.ts";
import { isMultipartType, statedNestingProblem } from "./part/nesting.ts";
import type { PartInit } from "./options.ts";
import { type EnclosingMultipart, makeFields } from "./part_fields.ts";
import type { PartLabel } from "./part/body_reader.ts";
import { NO_TRAITS, PartPlan } from "./part/part_plan.ts";

/**
 * A part whose fields can still change: it is planned when its bytes are
 * needed.
 */
export class PartDraft implements PartLabel {
  readonly #multipart: EnclosingMultipart;
  readonly #body: Body;
  readonly #statedSize: number | undefined;
  /**
   * The initial fields. `Headers` are costly, and most parts never need them.
   */
  readonly #fields: readonly HeaderField[];
  #headers: Headers | undefined;
  /**
   * Content-Disposition as made here from a name and a filename: it needs no
   * check.
   */
  #disposition: string | undefined;
  /** The cached plan, if nothing can change it. */
  #plan: PartPlan | undefined;
  readonly index: number;
  readonly name: string | undefined;

  /** @param planned The body's current plan. */
  constructor(
    body: Body,
    planned: BodyPlan,
    init: PartInit,
    index: number,
    multipart: EnclosingMultipart,
  ) {
    this.index = index;
    this.#multipart = multipart;
    this.#body = body;
    this.name = init.name;
    this.#statedSize = checkStatedSize(init.size, planned.size);
    const size = planned.size ?? init.size;
    const fields = makeFields(body, size, init, multipart);
    this.#fields = fields;
    if (init.name !== undefined && init.disposition === undefined) {
      this.#disposition = firstValue(fields, "content-disposition");
    }
    // Throws now if an encoding cannot be applied.
    this.#encodingsOf(fields);
  }

  /** The live fields. */
  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#headers = new Headers();
      for (const [name, value] of this.#fields) {
        this.#headers.append(name, value);
      }
    }
    return this.#headers;
  }

  /** See `PartWriter.setContentDisposition()`. */
  setDisposition(
    type: string,
    parameters: Readonly<Record<string, string | undefined>>,
  ): void {
    const value = formatContentDisposition(type, parameters);
    this.headers.set("content-disposition", value);
    const { name, filename: _filename, ...others } = parameters;
    const isField = type.toLowerCase() === "form-data" && name !== undefined &&
      Object.keys(others).length === 0;
    this.#disposition = isField ? value : undefined;
  }

  /** Plans the part in its multipart alone, with nothing around that. */
  planAlone(): PartPlan {
    return this.plan([this.#multipart.boundary]);
  }

  /**
   * Plans the part as it is now.
   *
   * @param around The boundaries around it, outermost first.
   * @throws {TypeError} If a field or an encoding cannot be written.
   */
  plan(around: readonly string[]): PartPlan {
    if (this.#plan !== undefined && this.#headers === undefined) {
      return this.#plan;
    }
    const body = this.#body.plan(around);
    const fields = this.#currentFields;
    const encodings = this.#encodingsOf(fields);
    const type = firstValue(fields, "content-type") ?? "";
    const statedSize = this.#sizeOf(fields);
    const problem = this.#problemOf(fields, encodings, type, around);
    const isPlain = encodings === NO_ENCODINGS && statedSize === undefined &&
      problem === undefined;
    const plan = new PartPlan(
      this,
      this.#withLength(fields, body, encodings),
      body,
      isPlain ? NO_TRAITS : { encodings, statedSize, problem },
    );
    // A multipart can get more parts, or be nested elsewhere.
    const isFixed = Object.is(body, this.#body) && !isMultipartType(type);
    if (isFixed) this.#plan = plan;
    return plan;
  }

  get #currentFields(): readonly HeaderField[] {
    if (this.#headers === undefined) return this.#fields;
    const fields = reconcile(this.#fields, this.#headers);
    return this.#body.forwarded === undefined ? sortFields(fields) : fields;
  }

  #encodingsOf(fields: readonly HeaderField[]): BodyEncodings {
    if (this.#body.forwarded !== undefined) return NO_ENCODINGS;
    return parseEncodings(
      joinedValue(fields, "content-encoding"),
      joinedValue(fields, "content-transfer-encoding"),
    );
  }

  /**
   * Content-Length is exact or left out: always in a form, or with an encoding.
   */
  #withLength(
    fields: readonly HeaderField[],
    body: BodyPlan,
    encodings: BodyEncodings,
  ): readonly HeaderField[] {
    const name = "content-length";
    if (firstValue(fields, name) === undefined) return fields;
    const size = encodings === NO_ENCODINGS && !this.#multipart.isForm
      ? body.size ?? this.#sizeOf(fields)
      : undefined;
    const line: HeaderField[] = size === undefined ? [] : [[name, `${size}`]];
    return fields.flatMap((field) =>
      field[0] === name ? line.splice(0) : [field]
    );
  }

  /** The size to use for a body whose size is not known. */
  #sizeOf(fields: readonly HeaderField[]): number | undefined {
    return this.#statedSize ?? this.#forwardedLength(fields);
  }

  /** A forwarded part's Content-Length, if it has exactly one. */
  #forwardedLength(fields: readonly HeaderField[]): number | undefined {
    if (this.#body.forwarded === undefined || this.#multipart.isForm) {
      return undefined;
    }
    const [length, second] = fieldValues(fields, "content-length");
    return length !== undefined && second === undefined &&
        /^[0-9]{1,15}$/.test(length)
      ? Number(length)
      : undefined;
  }

  #problemOf(
    fields: readonly HeaderField[],
    { transfer }: BodyEncodings,
    type: string,
    around: readonly string[],
  ): string | undefined {
    // RFC 2045, section 6.4.
    if (transfer !== undefined && isMultipartType(type)) {
      return `a multipart cannot be in ${transfer}`;
    }
    return (this.#multipart.isForm ? this.#formProblem(fields) : undefined) ??
      this.#forwardingProblem(fields) ?? statedNestingProblem(type, around);
  }

  /**
   * Readers of forms accept only parts with exactly one disposition, with a
   * name.
   */
  #formProblem(fields: readonly HeaderField[]): string | undefined {
    const value = firstValue(fields, "content-disposition");
    if (value === undefined) return "a part of a form needs a name";
    if (value !== joinedValue(fields, "content-disposition")) {
      return "it has two Content-Disposition fields";
    }
    if (
      value === this.#disposition ||
      isFormDataDisposition(value)
    ) return undefined;
    return "in a form its Content-Disposition has to be form-data with a name";
  }

  /** A forwarded body keeps its encodings, so those fields must not change. */
  #forwardingProblem(fields: readonly HeaderField[]): string | undefined {
    const { forwarded } = this.#body;
    if (forwarded === undefined) return undefined;
    for (const name of ["content-encoding", "content-transfer-encoding"]) {
      if (joinedValue(fields, name) !== joinedValue(forwarded, name)) {
        return `it is forwarded, and its ${name} was changed`;
      }
    }
    return undefined;
  }
}

/** Checks a stated size, and returns it if the body's own is not known. */
function checkStatedSize(
  stated: number | undefined,
  known: number | undefined,
): number | undefined {
  if (stated === undefined) return undefined;
  if (!Number.isSafeInteger(stated) || stated < 0) {
    throw new RangeError(
      `Cannot use ${String(stated)} as size: it is not a whole number from 0`,
    );
  }
  if (known === undefined) return stated;
  if (known === stated) return undefined;
  throw new RangeError(
    `Cannot use ${stated} as size: the body has ${known} bytes`,
  );
}
