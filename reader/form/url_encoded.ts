import { ByteBuilder } from "../../wire/byte_builder.ts";
import { decodeUtf8 } from "../../wire/bytes.ts";
import { MultipartError, type MultipartErrorCode } from "../../wire/errors.ts";
import type { ResolvedLimits } from "../../wire/limits.ts";
import {
  END,
  type MultipartEvent,
  NEED_DATA,
  PART_END,
} from "../parse/events.ts";
import { Input } from "../parse/input.ts";
import { PartData } from "../parse/part_data.ts";
import { PartHead, type PartHeadContext } from "../parse/part_head.ts";
import { PercentDecoder } from "./percent_decoder.ts";

const AMPERSAND = 0x26;
const EQUALS = 0x3d;

const CONTEXT: PartHeadContext = {
  isForm: true,
  defaultMediaType: "text/plain",
  percentDecodeNames: false,
};

/**
 * Parses application/x-www-form-urlencoded (URL Standard, section 5.1) to the
 * events of a multipart: each pair is a part without a filename. A name is held
 * until it is complete; a value is emitted as it arrives.
 */
export class UrlEncodedParser {
  readonly #limits: ResolvedLimits;
  readonly #input: Input;
  readonly #data: PartData;
  readonly #decoder = new PercentDecoder();
  #state: "name" | "value" | "done" = "name";
  #name = new ByteBuilder();
  /** The raw length of the name, in bytes. */
  #nameBytes = 0;
  /** The number of sequences between ampersands, including empty ones. */
  #sequences = 0;
  #index = 0;
  /** The open part, if it has no value: its end comes next. */
  #endsPart = false;

  constructor(limits: ResolvedLimits) {
    this.#limits = limits;
    this.#input = new Input(limits.totalBytes);
    this.#data = new PartData(limits.partBytes);
  }

  /** Takes the next chunk. */
  push(chunk: Uint8Array): void {
    this.#input.push(chunk);
  }

  /** Tells the parser that no chunk will follow. */
  end(): void {
    this.#input.hasEnded = true;
  }

  /** Returns the next event. */
  next(): MultipartEvent {
    for (;;) {
      const event = this.#step();
      if (event !== undefined) return event;
    }
  }

  #step(): MultipartEvent | undefined {
    if (this.#data.isOver) throw this.#data.tooLarge();
    if (this.#endsPart) {
      this.#endsPart = false;
      return PART_END;
    }
    if (this.#state === "done") return END;
    return this.#state === "name" ? this.#readName() : this.#readValue();
  }

  #readName(): MultipartEvent | undefined {
    const input = this.#input;
    if (input.isStarved) return this.#starve();
    const { chunk, at } = input;
    let end = at;
    while (
      end < chunk.length && chunk[end] !== AMPERSAND && chunk[end] !== EQUALS
    ) end++;
    this.#nameBytes += end - at;
    if (this.#nameBytes > this.#limits.headerBytes) {
      throw this.#tooMuch(
        "header-too-large",
        "headerBytes",
        `the name of part ${this.#index}: it has more than ${this.#limits.headerBytes} bytes`,
      );
    }
    const isComplete = end < chunk.length;
    if (end > at) this.#name.add(this.#decoder.push(chunk.subarray(at, end)));
    input.at = isComplete ? end + 1 : end;
    if (isComplete) return this.#endName(chunk[end] === EQUALS);
  }

  /** After a name, or an empty sequence, comes a value or the next pair. */
  #endName(hasValue: boolean): MultipartEvent | undefined {
    const { parts } = this.#limits;
    // Empty sequences count too: they are not pairs, but take time.
    if (this.#sequences === parts) {
      throw this.#tooMuch(
        "too-many-parts",
        "parts",
        `part ${this.#index}: ${parts} are allowed`,
      );
    }
    this.#sequences++;
    const isEmpty = this.#nameBytes === 0 && !hasValue;
    if (isEmpty) return;
    this.#name.add(this.#decoder.finish());
    const head = new PartHead(
      this.#index,
      {
        type: "form-data",
        name: decodeUtf8(this.#name.bytes),
        filename: undefined,
        contentType: undefined,
        end: 0,
      },
      CONTEXT,
    );
    this.#data.begin(this.#index, this.#input.offset);
    this.#index++;
    this.#name = new ByteBuilder();
    this.#nameBytes = 0;
    this.#endsPart = !hasValue;
    if (hasValue) this.#state = "value";
    return { type: "part", head };
  }

  #readValue(): MultipartEvent | undefined {
    const input = this.#input;
    if (input.isStarved) return this.#starve();
    const { chunk, at } = input;
    const found = chunk.indexOf(AMPERSAND, at);
    const end = found < 0 ? chunk.length : found;
    if (end > at) {
      input.at = end;
      const data = this.#decoder.push(chunk.subarray(at, end));
      return data.length === 0 ? undefined : this.#data.give(data);
    }
    input.at++;
    return this.#endValue();
  }

  #endValue(): MultipartEvent {
    this.#state = "name";
    const rest = this.#decoder.finish();
    if (rest.length === 0) return PART_END;
    this.#endsPart = true;
    return this.#data.give(rest);
  }

  /** Asks for data, or ends the open part at the end of the input. */
  #starve(): MultipartEvent | undefined {
    const input = this.#input;
    if (input.isCut) {
      throw this.#tooMuch(
        "body-too-large",
        "totalBytes",
        `the body: it has more than ${this.#limits.totalBytes} bytes`,
      );
    }
    if (!input.hasEnded) return NEED_DATA;
    if (this.#state === "value") return this.#endValue();
    if (this.#nameBytes > 0) return this.#endName(false);
    this.#state = "done";
  }

  #tooMuch(
    code: MultipartErrorCode,
    limit: string,
    what: string,
  ): MultipartError {
    return new MultipartError(code, `Cannot read ${what}`, {
      offset: this.#input.offset,
      partIndex: this.#index,
      limit,
    });
  }
}
