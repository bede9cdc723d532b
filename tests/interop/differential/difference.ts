/** Ways in which peers differ, and whether they explain what one makes. */
import type { Sample } from "../../fuzz/bodies.ts";
import type { Feature } from "./features.ts";
import { textOf, type Told, type Verdict } from "./verdict.ts";

/** A way in which a peer differs, as a row of `../differences.md` has it. */
export interface Difference {
  /** What is in the body. */
  readonly name: string;
  /** The bodies that it concerns; all if it is not given. */
  readonly where?: Feature;
  /**
   * What the peer makes of them: it refuses them, it tells other parts, or what
   * it makes has no rule that is known.
   */
  readonly makes: "refusal" | "anything" | Change;
}

/** What a peer tells of what we tell, and of what it told. */
export type Change = (
  parts: readonly Told[],
  theirs: readonly Told[],
) => readonly Told[];

/**
 * Which differences make the peer's verdict of ours: none where they agree, and
 * undefined where nothing that is known explains it.
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

/** What counts of a verdict: not why a body is refused, nor what came before. */
export function comparable(
  { options }: Sample,
  { parts, error }: Verdict,
): unknown {
  if (error !== undefined) return "refused";
  const isForm = options.profile === "form-data";
  return parts.map((part) => isForm ? entryOf(part) : part.content);
}

/** A field of a form is text. */
function entryOf({ name, filename, type, content }: Told): unknown[] {
  if (filename === undefined) return [name, textOf(content)];
  return [name, filename, type?.replaceAll("; ", ";"), content];
}

/** The peer tells another file name, or another type. */
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

/** The peer has types of its own. */
export const tellsOwnTypes: Change = changes(({ type }, theirs) => ({
  type: theirs?.type ?? type,
}));

/** The peer has its own way with such names, and with such file names. */
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

/** The peer leaves out the byte order mark of a field. */
export const dropsByteOrderMarks: Change = (parts) =>
  parts.map((part) =>
    part.filename === undefined
      ? { ...part, content: part.content.replace(/^\xef\xbb\xbf/, "") }
      : part
  );

/** The peer leaves out what has no name. */
export const leavesOutUnnamed: Change = (parts) =>
  parts.filter(({ name }) => name !== "");
