/** Puts all mutants into the code at once, each behind its own switch. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../runtimes/names.ts";

/** A fault, and its place in the code. */
export interface Mutant {
  /**
   * Its number among the mutants of all files. It changes only when a file
   * changes.
   */
  readonly id: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The kind of fault, as named by Stryker. */
  readonly mutator: string;
  /** The code at that place, and its replacement. */
  readonly original: string;
  readonly replacement: string;
}

export interface Instrumented {
  readonly mutants: readonly Mutant[];
  /** Each file's source with Stryker's switches. */
  readonly sources: ReadonlyMap<string, string>;
  /** The files whose modules cache values for the lifetime of the process. */
  readonly keeping: ReadonlySet<string>;
}

interface Place {
  /** Counted from 0. */
  readonly line: number;
  readonly column: number;
}

/** The part of `@stryker-mutator/instrumenter` that is used here. */
interface StrykerModule {
  Instrumenter: new (logger: unknown) => {
    instrument(
      files: { name: string; content: string; mutate: true }[],
      options: {
        plugins: null;
        ignorers: [];
        excludedMutations: [];
        noHeader: true;
      },
    ): Promise<{
      files: { name: string; content: string }[];
      mutants: {
        id: string;
        fileName: string;
        mutatorName: string;
        replacement: string;
        location: { start: Place; end: Place };
      }[];
    }>;
  };
}

/** Matches a variable at module level, or a map that the module fills. */
const keepsSomething = /^(?:let|const \w+ = new Map<)/m;

const logger = {
  isDebugEnabled: () => false,
  debug: () => {},
  info: () => {},
  warn: console.warn,
  error: console.error,
};

/**
 * Loads Stryker dynamically, so that checking the types does not require it.
 */
async function loadStryker(): Promise<StrykerModule> {
  let url: string;
  try {
    url = import.meta.resolve("@stryker-mutator/instrumenter");
  } catch {
    throw new Error(
      "Cannot find Stryker: run npm ci --ignore-scripts --prefix tests/mutation",
    );
  }
  return await import(url);
}

/** Instruments `files`, which are relative to the root of the repository. */
export async function instrument(
  files: readonly string[],
): Promise<Instrumented> {
  const { Instrumenter } = await loadStryker();
  const inputs = await Promise.all(files.map(async (name) => ({
    name,
    content: await readFile(join(root, name), "utf8"),
    mutate: true as const,
  })));
  const result = await new Instrumenter(logger).instrument(inputs, {
    plugins: null,
    ignorers: [],
    excludedMutations: [],
    noHeader: true,
  });
  const contents = new Map(inputs.map(({ name, content }) => [name, content]));
  return {
    mutants: result.mutants.map((mutant) => ({
      id: Number(mutant.id),
      file: mutant.fileName,
      line: mutant.location.start.line + 1,
      column: mutant.location.start.column + 1,
      mutator: mutant.mutatorName,
      original: textAt(contents.get(mutant.fileName) ?? "", mutant.location),
      replacement: mutant.replacement,
    })),
    keeping: new Set(
      inputs.filter(({ content }) => keepsSomething.test(content))
        .map(({ name }) => name),
    ),
    sources: new Map(
      result.files.map(({ name, content }) => [name, content]),
    ),
  };
}

/**
 * Stryker's own switches call functions that compare strings and count. Inline
 * comparisons of numbers make the tests many times faster.
 */
export function withFastSwitches(source: string, counts: boolean): string {
  const switches = JSON.stringify(join(root, "tests/mutation/switch.ts"));
  const code = source
    .replaceAll(
      /stryMutAct_9fa48\("(\d+)"\)/g,
      "(mutation.active === $1 && mutation.hit())",
    )
    .replaceAll(
      /stryCov_9fa48\(([^)]*)\)/g,
      (_, ids: string) =>
        counts ? ids.replaceAll(/"(\d+)"/g, "mutation.counts[$1]++") : "0",
    );
  return `import * as mutation from ${switches};\n${code}`;
}

function textAt(source: string, { start, end }: { start: Place; end: Place }) {
  const lines = source.split("\n").slice(start.line, end.line + 1);
  lines[lines.length - 1] = lines[lines.length - 1].slice(0, end.column);
  lines[0] = lines[0].slice(start.column);
  return lines.join("\n");
}
