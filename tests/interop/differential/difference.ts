/** Ways in which peers differ, and whether they explain a result. */
import type { Sample } from "../../fuzz/bodies.ts";
import type { Feature } from "./features.ts";
import { textOf, type Told, type Verdict } from "./verdict.ts";

/** A way in which a peer differs, as in a row of `../differences.md`. */
export interface Difference {
  /** What the body contains. */
  readonly name: string;
  /** The bodies that it applies to. Without it, all. */
  readonly where?: Feature;
  /**
   * What the peer makes of them: a refusal, other parts, or a result without a
   * known rule.
   */
  readonly makes: "refusal" | "anything" | Change;
}

/** Computes a peer's expected result from ours and theirs. */
export type Change = (
  parts: readonly Told[],
  theirs: readonly Told[],
) => readonly Told[];

/**
 * Returns the differences that explain the peer's result: none if both agree,
 * and undefined if no known difference explains it.
 */
export function explain(
  differences: readonly Difference[],
  sample: Sample,
  ours: Verdict,
  theirs: Verdict,
): Difference[] | undefined {
  const isSame = (one: Verdict, other: Verdict) =>
    JSON.stringify(comparable(sample, one)) ===
      JSON.stringify(comparable(sample, other));
  if (isSame(ours, theirs)) return [];
  const met: Difference[] = [];
  let told = ours;
  for (const difference of differences) {
    const { makes, where } = difference;
    if (where && !where(sample, ours)) continue;
    if (makes === "anything") return [difference];
    if (makes === "refusal") {
      if (theirs.error !== undefined) return [difference];
      continue;
    }
    const changed = { ...told, parts: makes(told.parts, theirs.parts) };
    if (!isSame(told, changed)) met.push(difference);
    told = changed;
  }
  return isSame(told, theirs) ? met : undefined;
}

/**
 * The part of a result that is compared. The reason for a refusal and the parts
 * before it do not count.
 */
export function comparable(
  { options }: Sample,
  { parts, error }: Verdict,
): unknown {
  if (error !== undefined) return "refused";
  const isForm = options.profile === "form-data";
  return parts.map((part) => isForm ? entryOf(part) : part.content);
}

/** A form's field is compared as text. */
function entryOf({ name, filename, type, content }: Told): unknown[] {
  if (filename === undefined) return [name, textOf(content)];
  return [name, filename, type?.replaceAll("; ", ";"), content];
}

/** The peer gives a file another filename or type. */
export function changes(
  change: (part: Told, theirs: Told | undefined) => Partial<Told>,
): Change {
  return (parts, theirs) =>
    parts.map((part, at) =>
      part.filename === undefined
        ? part
        : { ...part, ...change(part, theirs[at]) }
    );
}

/** The peer chooses types in its own way. */
export const tellsOwnTypes: Change = changes(({ type }, theirs) => ({
  type: theirs?.type ?? type,
}));

/** The peer has its own rules for such names and filenames. */
export function tellsOwnNames(such: (name: string) => boolean): Change {
  const own = (ours: string | undefined, theirs: string | undefined) =>
    ours !== undefined && such(ours) ? theirs : ours;
  return (parts, theirs) =>
    parts.map((part, at) => ({
      ...part,
      name: own(part.name, theirs[at]?.name),
      filename: own(part.filename, theirs[at]?.filename),
    }));
}

/** The peer drops the byte order mark of a field. */
export const dropsByteOrderMarks: Change = (parts) =>
  parts.map((part) =>
    part.filename === undefined
      ? { ...part, content: part.content.replace(/^\xef\xbb\xbf/, "") }
      : part
  );

/** The peer leaves out parts without a name. */
export const leavesOutUnnamed: Change = (parts) =>
  parts.filter(({ name }) => name !== "");
