import type { Property } from "../property.ts";
import { codecProperties } from "./codecs.ts";
import { decodingProperties } from "./decoding.ts";
import { headProperties } from "./heads.ts";
import { parserProperties } from "./parser.ts";
import { readerProperties } from "./reader.ts";
import { writerProperties } from "./writer.ts";

/** All properties by topic. */
export const allProperties: Readonly<Record<string, readonly Property[]>> = {
  "MultipartParser": parserProperties,
  "readers": readerProperties,
  "decoding": decodingProperties,
  "header fields": headProperties,
  "transfer encodings": codecProperties,
  "writers": writerProperties,
};
