/** V8's profiles of a process: how often each range of its sources ran. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../runtimes/names.ts";
import type { Branch } from "./branches.ts";

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

interface Script {
  url: string;
  functions: { ranges: Range[] }[];
}

/**
 * Counts how often each branch was taken, in all profiles of a folder. `fileOf`
 * returns the name of the library's file for a script's URL, or undefined.
 */
export function countBranches(
  branches: readonly Branch[],
  folder: string,
  fileOf: (url: string) => string | undefined,
): Map<Branch, number> {
  const sources = new Map<string, string>();
  const counts = new Map(branches.map((branch) => [branch, 0]));
  const byFile = Map.groupBy(branches, ({ file }) => file);
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(".json")) continue;
    for (const script of readScripts(join(folder, name))) {
      const file = fileOf(script.url);
      const inside = file === undefined ? undefined : byFile.get(file);
      if (file === undefined || !inside) continue;
      const source = sources.get(file) ??
        readFileSync(join(root, file), "utf8");
      sources.set(file, source);
      const countAt = readCounts(script, source);
      for (const branch of inside) {
        // Per process: a process that ends in the middle of a condition took no
        // branch, which must not reduce the counts of others.
        const taken = sum(branch.plus, countAt) - sum(branch.less, countAt);
        counts.set(branch, (counts.get(branch) ?? 0) + Math.max(0, taken));
      }
    }
  }
  return counts;
}

function sum(
  places: readonly number[],
  countAt: (place: number) => number,
): number {
  return places.reduce((total, place) => total + countAt(place), 0);
}

/**
 * Node writes all scripts of a process to one file. Deno writes a file for
 * each.
 */
function readScripts(path: string): Script[] {
  const profile: Script | { result: Script[] } = JSON.parse(
    readFileSync(path, "utf8"),
  );
  return "result" in profile ? profile.result : [profile];
}

/** A range, and the ranges within it, in order. */
interface Node extends Range {
  readonly children: Node[];
}

function readCounts(script: Script, source: string): (place: number) => number {
  const ranges = script.functions.flatMap(({ ranges }) => ranges).sort((a, b) =>
    a.startOffset - b.startOffset || b.endOffset - a.endOffset
  );
  const top: Node = {
    startOffset: 0,
    endOffset: Infinity,
    count: 0,
    children: [],
  };
  const open = [top];
  for (const range of ranges) {
    while (innermost(open).endOffset <= range.startOffset) open.pop();
    const node = { ...range, children: [] };
    innermost(open).children.push(node);
    open.push(node);
  }
  return (place) => countAt(top, place, source);
}

function innermost(open: readonly Node[]): Node {
  const node = open.at(-1);
  if (!node) throw new Error("Cannot read a profile: its ranges overlap");
  return node;
}

/** The count at a position is that of the innermost range around it. */
function countAt(node: Node, place: number, source: string): number {
  let { count } = node;
  for (const child of node.children) {
    if (child.startOffset > place) break;
    if (place < child.endOffset) return countAt(child, place, source);
    // V8 ends the range that follows a jump where the next operator has a range
    // of its own. Its count for what comes after that ignores the jump.
    if (isContinuation(child, source)) count = child.count;
  }
  return count;
}

/**
 * Whether a range is the continuation after a jump or an `await`, not a branch.
 */
function isContinuation({ startOffset }: Range, source: string): boolean {
  return /[\s);,\]}]/.test(source.charAt(startOffset));
}
