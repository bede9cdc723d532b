/**
 * Saves a form's files, for the tests of `storage/disk.ts` on each runtime:
 *
 *     program.ts <folder> <scenario>
 *
 * It prints the result as JSON.
 */
import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { file, readForm } from "../../mod.ts";
import { type SavedFile, saveTo, sweep } from "../../storage/disk.ts";

const [folder = "", scenario = ""] = process.argv.slice(2);
const encoder = new TextEncoder();

/** A part's head. The part's bytes and further parts follow. */
function head(
  filename: string,
  type = "text/plain; charset=utf-8",
): Uint8Array {
  return encoder.encode(
    `--b\r\nContent-Disposition: form-data; name="f"; filename="${filename}"\r\n` +
      `Content-Type: ${type}\r\n\r\n`,
  );
}

const end = encoder.encode("\r\n--b--\r\n");
const lineEnd = encoder.encode("\r\n");

function request(body: AsyncIterable<Uint8Array>) {
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  return { headers, body };
}

async function* chunks(
  ...parts: (Uint8Array | (() => unknown))[]
): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Uint8Array) yield part;
    else await part();
  }
}

async function* mebibytes(count: number): AsyncGenerator<Uint8Array> {
  yield head("large.bin");
  for (let index = 0; index < count; index++) {
    yield new Uint8Array(1 << 20).fill(index);
  }
  yield end;
}

const text = (value: string) => encoder.encode(value);
const shapeOf = (store = saveTo(folder)) => ({
  f: file({ multiple: true, store }),
});

/**
 * The result of a form: its files or its error, and the names in the folder.
 */
async function outcome(
  body: AsyncIterable<Uint8Array>,
  store = saveTo(folder),
  signal?: AbortSignal,
): Promise<unknown> {
  let files: readonly SavedFile[] = [];
  let error: unknown;
  try {
    ({ f: files } = await readForm(request(body), shapeOf(store), {
      ...(signal && { signal }),
    }));
  } catch (thrown) {
    const { code, message } = Object(thrown);
    error = code ?? message ?? thrown;
  }
  const left = await readdir(folder).catch(() => ["no folder"]);
  return { files, error, left: left.sort() };
}

/** The size of the incomplete file on the disk. */
async function bytesWritten(): Promise<number> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(".part")) return (await stat(join(folder, name))).size;
  }
  return 0;
}

/** Makes the disk stop answering while the file `stalled` exists. */
async function stall() {
  const path = join(folder, "stalled");
  await writeFile(path, "");
  return { end: () => rm(path) };
}

/** Reads another form, on a disk that works. */
async function elsewhere(): Promise<number> {
  const well = await mkdtemp(join(tmpdir(), "tributary-"));
  const body = chunks(head("a"), text("one"), end);
  const { f } = await readForm(request(body), shapeOf(saveTo(well)));
  await rm(well, { recursive: true });
  return f.length;
}

const scenarios: Record<string, () => Promise<unknown>> = {
  saved: () =>
    outcome(
      chunks(
        head("../../a b.TXT"),
        text("one"),
        lineEnd,
        head("b.php.sh%00", "image/svg+xml"),
        text("t"),
        text("wo"),
        lineEnd,
        head("C:\\x\\.htaccess"),
        end,
      ),
      saveTo(folder, { hash: "sha256", extension: true }),
    ),
  plain: () => outcome(chunks(head("a.txt"), text("one"), end)),
  pieces: async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield head("pieces");
      let value = 0;
      for (
        const size of [1, 100, 70_000, 16_384, 3, 65_536, 65_530, 7, 20_000]
      ) {
        yield new Uint8Array(size).map(() => value++ % 251);
      }
      yield end;
    }
    return await outcome(pieces(), saveTo(folder, { hash: "sha256" }));
  },
  cut: () =>
    outcome(chunks(head("a"), text("one"), lineEnd, head("b"), text("t"))),
  failing: () =>
    outcome(chunks(head("a"), text("one"), lineEnd, head("b"), () => {
      throw new Error("gone");
    })),
  aborted: () => {
    const controller = new AbortController();
    const stall = async () => {
      // Waits until the first file is complete and the second has begun.
      while ((await readdir(folder)).length < 2) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      controller.abort("gone");
      await new Promise(() => {});
    };
    return outcome(
      chunks(head("a"), text("one"), lineEnd, head("b"), text("t"), stall),
      saveTo(folder),
      controller.signal,
    );
  },
  large: () => outcome(mebibytes(64), saveTo(folder, { hash: "sha1" })),
  full: async () => {
    const first = await outcome(mebibytes(64));
    // The process survives, and saves what there is room for.
    const second = await outcome(chunks(head("a"), text("one"), end));
    return { first, second };
  },
  failing_disk: async () => {
    const first = await outcome(mebibytes(4));
    const second = await outcome(chunks(head("a"), text("one"), end));
    return { first, second };
  },
  // The largest lead of the source over the disk.
  slow: async () => {
    let given = 0;
    let lead = 0;
    async function* body(): AsyncGenerator<Uint8Array> {
      yield head("large.bin");
      for (let index = 0; index < 64; index++) {
        lead = Math.max(lead, given - await bytesWritten());
        given += 1 << 16;
        yield new Uint8Array(1 << 16).fill(index);
      }
      yield end;
    }
    return { lead, ...Object(await outcome(body())) };
  },
  stalled: async () => {
    const disk = await stall();
    let given = 0;
    async function* body(): AsyncGenerator<Uint8Array> {
      for await (const chunk of mebibytes(8)) {
        given += chunk.length;
        yield chunk;
      }
    }
    let isSettled = false;
    const reading = outcome(body()).finally(() => isSettled = true);
    await sleep(500);
    const meanwhile = { given, isSettled, elsewhere: await elsewhere() };
    await disk.end();
    return { meanwhile, ...Object(await reading) };
  },
  stalled_and_aborted: async () => {
    const disk = await stall();
    const controller = new AbortController();
    const reading = outcome(mebibytes(8), saveTo(folder), controller.signal);
    await sleep(300);
    controller.abort("gone");
    await sleep(100);
    await disk.end();
    return await reading;
  },
  removed: () =>
    outcome(chunks(
      head("a"),
      text("one"),
      lineEnd,
      head("b"),
      text("t"),
      () => rm(folder, { recursive: true }),
      new Uint8Array(1 << 20),
      end,
    )),
  missing: async () => {
    await rm(folder, { recursive: true });
    return await outcome(chunks(head("a"), text("one"), end));
  },
  // Creates something under the file's name before the file is complete. It
  // must stay.
  taken: async () => {
    const other = join(folder, "other");
    await mkdir(other);
    const take = async () => {
      let name: string | undefined;
      while (name === undefined) {
        name = (await readdir(folder)).find((name) => name.endsWith(".part"));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await symlink(other, join(folder, basename(name, ".part")));
    };
    return await outcome(chunks(head("a"), text("one"), take, end));
  },
  swept: async () => {
    const begun = "00000000-0000-4000-8000-000000000000.part";
    await symlink("nowhere", join(folder, begun.replace("0", "1")));
    await mkdir(join(folder, begun.replace("0", "2")));
    await link(join(folder, begun), join(folder, "mine.part"));
    const early = await sweep(folder, { olderThan: 60_000 });
    const removed = await sweep(folder, { olderThan: 0 });
    const wrong = await sweep(folder, { olderThan: NaN })
      .catch((error: Error) => error.name);
    return { early, removed, wrong, left: (await readdir(folder)).sort() };
  },
  wrong: () => {
    try {
      saveTo(folder, { hash: "md6000" });
    } catch (error) {
      return Promise.resolve(String(error));
    }
    return Promise.resolve("no error");
  },
  endless: async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      yield head("a");
      yield text("one");
      yield lineEnd;
      yield head("b");
      console.log("ready");
      for (;;) {
        yield new Uint8Array(1 << 16);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    return await outcome(body());
  },
};

console.log(JSON.stringify(await scenarios[scenario]?.()));
