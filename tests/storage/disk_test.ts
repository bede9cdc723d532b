/** `storage/disk.ts` on each runtime that has a disk. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { inFolder } from "../driving/folders.ts";
import { onEachRuntime, runtimeCommand } from "../examples/running.ts";
import { root } from "../runtimes/names.ts";
import { withMount } from "./mounts.ts";

const run = promisify(execFile);
const program = join(root, "tests/storage/program.ts");
const NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Saved {
  path: string;
  size: number;
  filename: string;
  type: string;
  hash?: string;
}

interface Outcome {
  files: Saved[];
  error?: string;
  left: string[];
}

for (const { name, command } of onEachRuntime(program, "-A")) {
  const [runtime = "", ...options] = command;
  const whole = (
    folder: string,
    scenario: string,
  ) => [...options, folder, scenario];

  const result = async <T = Outcome>(
    folder: string,
    scenario: string,
  ): Promise<T> => {
    const { stdout } = await run(
      runtimeCommand(runtime),
      whole(folder, scenario),
    );
    return JSON.parse(stdout);
  };

  describe(`saveTo() on ${name}`, () => {
    it("gives each file a name of its own, mode 0600, and says what it is", () =>
      inFolder(async (folder) => {
        const { files, error, left } = await result(folder, "saved");
        assertEquals(error, undefined);
        assertEquals(left, files.map(({ path }) => basename(path)).sort());
        assertEquals(
          files.map(({ size, filename, type }) => [size, filename, type]),
          [
            [3, "a b.TXT", "text/plain"],
            [3, "b.php.sh%00", "image/svg+xml"],
            [0, "htaccess", "text/plain"],
          ],
        );
        const [first, second, third] = files;
        assert(first && second && third);
        assertMatch(first.path, /[.]txt$/);
        for (const { path } of [second, third]) {
          assertMatch(basename(path), NAME);
        }
        for (const [index, { path, hash }] of files.entries()) {
          assertEquals(dirname(path), folder);
          const content = ["one", "two", ""][index];
          assertEquals(await readFile(path, "utf8"), content);
          assertEquals((await stat(path)).mode & 0o777, 0o600);
          const expected = createHash("sha256").update(content ?? "");
          assertEquals(hash, expected.digest("hex"));
        }
      }));

    it("keeps no extension and no hash unless asked", () =>
      inFolder(async (folder) => {
        const { files: [file] } = await result(folder, "plain");
        assert(file);
        assertMatch(basename(file.path), NAME);
        assertEquals("hash" in file, false);
      }));

    it("writes chunks of any size in their order", () =>
      inFolder(async (folder) => {
        const { files: [file] } = await result(folder, "pieces");
        assert(file);
        const bytes = await readFile(file.path);
        assertEquals([bytes.length, file.size], [237_561, 237_561]);
        assert(bytes.every((byte, at) => byte === at % 251));
        const hash = createHash("sha256").update(bytes).digest("hex");
        assertEquals(file.hash, hash);
      }));

    for (
      const [what, scenario, error] of [
        ["the body breaks off", "cut", "truncated"],
        ["the source fails", "failing", "gone"],
        ["the signal is aborted", "aborted", "gone"],
      ] as const
    ) {
      it(`leaves nothing when ${what}`, () =>
        inFolder(async (folder) => {
          assertEquals(await result(folder, scenario), {
            files: [],
            error,
            left: [],
          });
        }));
    }

    it("leaves nothing on a full disk, and the process lives", async () => {
      const mount = 'mount -t tmpfs -o size=8m none /mnt && "$@" /mnt full';
      const stdout = await withMount(
        mount,
        runtimeCommand(runtime),
        ...options,
      );
      const { first, second }: Record<string, Outcome> = JSON.parse(stdout);
      assertEquals(first, { files: [], error: "ENOSPC", left: [] });
      assertEquals([second?.error, second?.left.length], [undefined, 1]);
    });

    it("fails when its folder is removed under it, or is missing", () =>
      inFolder(async (folder) => {
        const expected = { files: [], error: "ENOENT", left: ["no folder"] };
        const inner = join(folder, "inner");
        for (const scenario of ["removed", "missing"]) {
          await run("mkdir", [inner]);
          assertEquals(await result(inner, scenario), expected);
        }
        assertEquals(await readdir(folder), []);
      }));

    it("neither overwrites nor follows what has its name, nor removes it", () =>
      inFolder(async (folder) => {
        const { error, left } = await result(folder, "taken");
        const [link, other] = left;
        assertEquals([error, left.length, other], ["EEXIST", 2, "other"]);
        const path = join(folder, link ?? "");
        assert((await lstat(path)).isSymbolicLink());
        assertEquals(await readlink(path), join(folder, "other"));
        assertEquals(await readdir(join(folder, "other")), []);
      }));

    it("a killed process leaves a NAME.part, which sweep() removes", () =>
      inFolder(async (folder) => {
        const child = spawn(
          runtimeCommand(runtime),
          whole(folder, "endless"),
          { stdio: ["ignore", "pipe", "inherit"] },
        );
        await once(child.stdout, "data");
        const deadline = Date.now() + 10_000;
        const partial = async () => {
          for (const name of await readdir(folder)) {
            if (!name.endsWith(".part")) continue;
            if ((await stat(join(folder, name))).size > 0) return name;
          }
        };
        while (await partial() === undefined) {
          assert(Date.now() < deadline, "nothing was written");
          await sleep(10);
        }
        child.kill("SIGKILL");
        await once(child, "exit");
        const left = (await readdir(folder)).sort();
        // The first file was complete, so it keeps its name.
        assertEquals(left.length, 2);
        const complete = left.filter((name) => NAME.test(name));
        assertEquals(complete.length, 1);

        const begun = "00000000-0000-4000-8000-000000000000.part";
        await writeFile(join(folder, begun), "");
        await writeFile(join(folder, "notes.part"), "mine");
        const old = new Date(Date.now() - 3_600_000);
        await utimes(join(folder, begun), old, old);
        const swept = await result<Record<string, unknown>>(folder, "swept");
        assertEquals(swept, {
          early: 1,
          removed: 1,
          wrong: "RangeError",
          left: [
            begun.replace("0", "1"),
            begun.replace("0", "2"),
            ...complete,
            "mine.part",
            "notes.part",
          ].sort(),
        });
      }));

    it("knows the hashes of its runtime alone", () =>
      inFolder(async (folder) => {
        assertMatch(
          await result<string>(folder, "wrong"),
          /^TypeError: .*md6000/,
        );
      }));

    /**
     * Runs a scenario on a disk with a fault, if this machine can mount one.
     */
    const onFaultyDisk = async <T = Outcome>(
      fault: string,
      scenario: string,
      use: (outcome: T, folder: string) => unknown,
    ): Promise<void> =>
      await inFolder(async (folder) => {
        const [own, disk] = [join(folder, "own"), join(folder, "disk")];
        await mkdir(own);
        await mkdir(disk);
        const line = [
          "own=$1 disk=$2 fault=$3 scenario=$4 program=$5",
          "shift 5",
          '/usr/bin/python3 "$program" "$own" "$disk" "$fault" || exit 77',
          '"$@" "$disk" "$scenario"',
          "status=$?",
          'umount "$disk"',
          "exit $status",
        ].join("\n");
        const stdout = await withMount(
          line,
          ...[own, disk, fault, scenario],
          join(root, "tests/storage/faulty_disk.py"),
          ...[runtimeCommand(runtime), ...options],
        );
        await use(JSON.parse(stdout), own);
      });

    // vfat, exFAT and many FUSE file systems have no hard links.
    for (const fault of ["no links", "no such call"]) {
      it(`saves on a disk with ${fault}`, () =>
        onFaultyDisk(fault, "saved", async ({ files, error, left }, folder) => {
          assertEquals(error, undefined);
          const names = files.map(({ path }) => basename(path));
          assertEquals([names.length, left], [3, names.sort()]);
          for (const name of names) {
            const { mode } = await stat(join(folder, name));
            assertEquals(mode & 0o777, 0o600);
          }
          const contents = await Promise.all(
            files.map(({ path }) =>
              readFile(join(folder, basename(path)), "utf8")
            ),
          );
          assertEquals(contents, ["one", "two", ""]);
        }));
    }

    it("neither overwrites nor follows what has its name without links", () =>
      onFaultyDisk("no links", "taken", async ({ error, left }, folder) => {
        const [link, other] = left;
        assertEquals([error, left.length, other], ["EEXIST", 2, "other"]);
        assert((await lstat(join(folder, link ?? ""))).isSymbolicLink());
        assertEquals(await readdir(join(folder, "other")), []);
      }));

    it("writes all to a disk that takes less than it is given", () =>
      onFaultyDisk("short", "pieces", async ({ files: [file] }, folder) => {
        assert(file);
        const bytes = await readFile(join(folder, basename(file.path)));
        assertEquals([bytes.length, file.size], [237_561, 237_561]);
        assert(bytes.every((byte, at) => byte === at % 251));
      }));

    it("leaves nothing when a write fails, and the process lives", () =>
      onFaultyDisk<Record<string, Outcome>>(
        "failing",
        "failing_disk",
        ({ first, second }) => {
          assertEquals(first, { files: [], error: "EIO", left: [] });
          assertEquals([second?.error, second?.left.length], [undefined, 1]);
        },
      ));

    for (
      const [what, fault, left] of [
        ["cannot be synced", "unsynced", 0],
        ["cannot be renamed", "no names", 0],
        ["cannot be removed", "lasting", 1],
      ] as const
    ) {
      it(`a file that ${what} is an error`, () =>
        onFaultyDisk(fault, "plain", (outcome) => {
          assertEquals([outcome.files, outcome.error], [[], "EIO"]);
          assertEquals(outcome.left.length, left);
          for (const name of outcome.left) assertMatch(name, /[.]part$/);
        }));
    }

    it("is slowed by a slow disk", () =>
      onFaultyDisk<Outcome & { lead: number }>("slow", "slow", (outcome) => {
        const { lead, error, files: [file], left } = outcome;
        assertEquals([error, file?.size, left.length], [undefined, 4 << 20, 1]);
        // Two blocks, and the chunk that was requested.
        assert(lead <= (2 * 256 + 64) * 1024, `${lead}`);
      }));

    it("waits for a disk that stalls, and others do not", () =>
      onFaultyDisk<Outcome & { meanwhile: unknown }>(
        "stalled",
        "stalled",
        ({ meanwhile, error, files: [file] }) => {
          assertEquals([error, file?.size], [undefined, 8 << 20]);
          const { given, ...rest } = Object(meanwhile);
          assertEquals(rest, { isSettled: false, elsewhere: 1 });
          assert(given <= 2 << 20, `${given}`);
        },
      ));

    it("leaves nothing on a disk that stalls when the signal is aborted", () =>
      onFaultyDisk(
        "stalled",
        "stalled_and_aborted",
        (outcome) =>
          assertEquals(outcome, { files: [], error: "gone", left: [] }),
      ));

    it("saves 64 MiB whole", () =>
      inFolder(async (folder) => {
        const { files: [file] } = await result(folder, "large");
        const hash = createHash("sha1");
        for (let index = 0; index < 64; index++) {
          hash.update(Buffer.alloc(1 << 20, index));
        }
        assertEquals([file?.size, file?.hash], [64 << 20, hash.digest("hex")]);
        assertEquals((await stat(file?.path ?? "")).size, 64 << 20);
      }));
  });
}
