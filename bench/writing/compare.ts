import { Buffer } from "node:buffer";
import { budgetOf, measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import { randomBytes } from "../random.ts";
import { MIB, randomChunks } from "../reading/body.ts";
import type { Form, Written } from "./form.ts";
import { formWriters } from "./form_writers.ts";
import { streamWriters } from "./stream_writers.ts";

/** The most bytes of a part's head and delimiter. */
const MAX_HEAD_BYTES = 512;

/** Measures all writers with one workload. */
export async function compareWriters(
  name: string,
  settings: MeasureSettings,
): Promise<Measured> {
  const { isQuick } = settings;
  if (name === "write-fields") return await writeFields(settings);
  if (name === "write-files") {
    return await writeFiles(isQuick ? 25 : 100, settings);
  }
  return await writeStream((isQuick ? 64 : 256) * MIB, settings);
}

async function writeFields(
  { isQuick, isWanted, rounds }: MeasureSettings,
): Promise<Measured> {
  const count = 20_000;
  const form: Form = {
    fields: Array.from(
      { length: count },
      (_, index) => [`field${index}`, "sixteen bytes ok"],
    ),
    files: [],
  };
  const timings = await measure({
    input: form,
    contenders: formWriters.filter(({ name }) => isWanted(name)),
    check: (written) => findMissingField(written, form),
    budget: budgetOf(isQuick),
    rounds,
  });
  return {
    title: "Writing 20,000 fields of 16 bytes",
    unit: "parts",
    bytes: 0,
    parts: count,
    timings,
  };
}

function findMissingField(
  { chunks }: Written,
  { fields }: Form,
): string | undefined {
  const text = Buffer.concat(chunks).toString("latin1");
  let at = 0;
  for (const [name, value] of fields) {
    at = text.indexOf(`name="${name}"\r\n`, at);
    if (at < 0) return `${name} is missing`;
    at = text.indexOf(`\r\n\r\n${value}\r\n--`, at);
    if (at < 0) return `the value of ${name} is missing`;
  }
  return undefined;
}

async function writeFiles(
  count: number,
  { isQuick, isWanted, rounds }: MeasureSettings,
): Promise<Measured> {
  const file = new File([randomBytes(MIB)], "a.bin", {
    type: "application/octet-stream",
  });
  const form: Form = {
    fields: [],
    files: Array.from({ length: count }, (_, index) => [`file${index}`, file]),
  };
  const timings = await measure({
    input: form,
    contenders: formWriters.filter(({ name }) => isWanted(name)),
    check: (written) => findWrongLength(written, count * MIB, count),
    budget: budgetOf(isQuick),
    rounds,
  });
  return {
    title: `Writing ${count} files of 1 MiB`,
    unit: "bytes",
    bytes: count * MIB,
    parts: count,
    timings,
  };
}

async function writeStream(
  bytes: number,
  { isQuick, isWanted, rounds }: MeasureSettings,
): Promise<Measured> {
  const timings = await measure({
    input: [...randomChunks(bytes)],
    contenders: streamWriters.filter(({ name }) => isWanted(name)),
    check: (written) => findWrongLength(written, bytes, 1),
    budget: budgetOf(isQuick),
    rounds,
  });
  return {
    title: `Writing a stream of ${bytes / MIB} MiB`,
    unit: "bytes",
    bytes,
    parts: 1,
    timings,
  };
}

function findWrongLength(
  { length }: Written,
  bytes: number,
  parts: number,
): string | undefined {
  const more = length - bytes;
  const isRight = more >= 0 && more <= (parts + 1) * MAX_HEAD_BYTES;
  return isRight ? undefined : `${length} bytes for ${bytes}`;
}
