/** The progress of a suite, read from its runner's output. */
import { stripVTControlCharacters } from "node:util";
import { MARK, type ProgressEvent } from "./progress_event.ts";

/** Counts files and tests, and remembers which one is running. */
export class Progress {
  readonly #files: number;
  readonly #seen = new Set<string>();
  #total: number | undefined;
  #tests = 0;
  #file = "";
  #test = "";
  #changed = performance.now();

  constructor(files: number) {
    this.#files = files;
  }

  /** The time since a file or test last began or ended, in milliseconds. */
  get idle(): number {
    return performance.now() - this.#changed;
  }

  /**
   * Such as "file 3 of 70, 120 tests done, now in tests/wire/bytes_test.ts >
   * ...".
   */
  toString(): string {
    const done = this.#total === undefined
      ? `file ${this.#seen.size} of ${this.#files}, ${this.#tests} tests done`
      : `${this.#tests} of ${this.#total} tests done`;
    const place = [this.#file, this.#test].filter(Boolean).join(" > ");
    return place ? `${done}, now in ${place}` : done;
  }

  update({ total, file, begins, ends }: ProgressEvent): void {
    this.#changed = performance.now();
    if (total !== undefined) this.#total = total;
    if (file !== undefined && file !== this.#file) {
      this.#file = file;
      this.#test = "";
      this.#seen.add(file);
    }
    if (begins !== undefined) this.#test = begins;
    if (ends !== undefined) {
      this.#tests++;
      this.#test = begins ?? `after "${ends}"`;
    }
  }

  /**
   * Reads a line of a runner's output. Returns whether the line serves only
   * this purpose.
   */
  read(text: string): boolean {
    const line = stripVTControlCharacters(text);
    if (line.startsWith(MARK)) {
      const event: ProgressEvent = JSON.parse(line.slice(MARK.length));
      this.update(event);
      return true;
    }
    const event = denoEvent(line) ?? bunEvent(line);
    if (event) this.update(event);
    return false;
  }
}

/**
 * Deno writes a test's name when it begins, followed by the result when it
 * ends.
 */
function denoEvent(line: string): ProgressEvent | undefined {
  const [, file] = /^running \d+ tests? from (?:\.\/)?(.+)$/.exec(line) ?? [];
  if (file) return { file };
  const [, name, result] = /^(.+) \.\.\.( \w+)?/.exec(line) ?? [];
  if (!name) return undefined;
  return result ? { ends: name } : { begins: name };
}

/** Bun writes a test's name when it has ended. */
function bunEvent(line: string): ProgressEvent | undefined {
  const [, file] = /^(tests\/.+_test\.ts):$/.exec(line) ?? [];
  if (file) return { file };
  const [, name] = /^\((?:pass|fail)\) (.+?)(?: \[[\d.]+\w+\])?$/.exec(line) ??
    [];
  return name ? { ends: name } : undefined;
}
