/** Files kept in SQLite, and what remains of forms that are cut off. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { curl, curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { examplePath, type RunningExample, startExample } from "./running.ts";

const CHUNK_BYTES = 255 * 1024;
const FORM_TYPE = "multipart/form-data; boundary=b";

/** A complete file, and half of another. */
const CUT_FORM = Buffer.concat([
  Buffer.from(
    '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' +
      "whole\r\n" +
      '--b\r\nContent-Disposition: form-data; name="b"; filename="b"\r\n\r\n',
  ),
  randomBytes(3 * CHUNK_BYTES),
]);

const runs: [string, string[]][] = [
  ["Deno", [
    "deno",
    "serve",
    "--host=127.0.0.1",
    "--port=0",
    "--no-check",
    "--no-prompt",
    "--allow-read",
    "--allow-write",
  ]],
  ["Bun", ["bun"]],
];

for (const [name, command] of runs) {
  describe(`examples/file_store.ts on ${name}`, () => {
    async function start(path: string): Promise<RunningExample> {
      return await startExample([
        ...command,
        examplePath("file_store.ts"),
        path,
      ]);
    }

    /** Starts it, and also opens its database. */
    async function serve(
      use: (url: string, database: DatabaseSync, path: string) => Promise<void>,
    ): Promise<void> {
      await inFolder(async (folder) => {
        const path = join(folder, "files.db");
        const server = await start(path);
        const database = new DatabaseSync(path);
        try {
          await use(server.url, database, path);
        } finally {
          database.close();
          await server.close();
        }
      });
    }

    function count(database: DatabaseSync, table: "files" | "chunks"): number {
      const row = database.prepare(`SELECT count(*) AS n FROM ${table}`).get();
      return Number(row?.["n"]);
    }

    async function untilCounts(
      database: DatabaseSync,
      isEnough: (files: number, chunks: number) => boolean,
    ): Promise<void> {
      const deadline = Date.now() + 10_000;
      for (;;) {
        const counts = [count(database, "files"), count(database, "chunks")];
        if (isEnough(counts[0] ?? 0, counts[1] ?? 0)) return;
        assert(Date.now() < deadline, `There are ${counts}`);
        await sleep(20);
      }
    }

    it("keeps each file under its id, in chunks of 255 KiB", async () => {
      await serve(async (url, database, path) => {
        const sizes = [0, 1, CHUNK_BYTES, 5 * CHUNK_BYTES + 17];
        const sent = sizes.map((size) => randomBytes(size));
        const forms: string[] = [];
        for (const [index, bytes] of sent.entries()) {
          const file = `${path}.${index}.pdf`;
          await writeFile(file, bytes);
          forms.push("-F", `a=@${file}`);
        }
        const answer = await curl("-F", "field=x", ...forms, url);
        assertEquals(answer.status, 200, answer.body);
        const ids: string[] = JSON.parse(answer.body);
        assertEquals(ids.length, sizes.length);
        for (const [index, id] of ids.entries()) {
          const file = database.prepare("SELECT * FROM files WHERE id = ?")
            .get(id);
          assertEquals({ ...file }, {
            id,
            filename: `files.db.${index}.pdf`,
            type: "application/pdf",
            length: sizes[index],
          });
          const chunks = database
            .prepare("SELECT n, data FROM chunks WHERE file = ? ORDER BY n")
            .all(id);
          assertEquals(
            chunks.map(({ n }) => n),
            chunks.map((_, index) => index),
          );
          const data = chunks.map(({ data }) =>
            data instanceof Uint8Array ? data : new Uint8Array()
          );
          assert(data.slice(0, -1).every((d) => d.length === CHUNK_BYTES));
          assert(Buffer.concat(data).equals(sent[index] ?? Buffer.from("?")));
        }
      });
    });

    it("answers 400 to a broken body, and keeps nothing of it", async () => {
      await serve(async (url, database) => {
        const answer = await curlBody(url, FORM_TYPE, CUT_FORM);
        assertEquals(answer.status, 400);
        assertMatch(answer.body, /^Cannot /);
        assertEquals(count(database, "files"), 0);
        assertEquals(count(database, "chunks"), 0);
      });
    });

    it("answers 413 to too many small files, and keeps none of them", async () => {
      const file = '--b\r\nContent-Disposition: form-data; name="a"; ' +
        'filename="a"\r\n\r\nOslo\r\n';
      await serve(async (url, database) => {
        const { status } = await fetch(url, {
          method: "POST",
          headers: { "content-type": FORM_TYPE },
          body: `${file.repeat(1100)}--b--`,
        });
        assertEquals(status, 413);
        for (const table of ["files", "chunks"] as const) {
          assertEquals(count(database, table), 0);
        }
      });
    });

    it("keeps nothing when the client hangs up", async () => {
      await serve(async (url, database) => {
        const client = request(url, {
          method: "POST",
          headers: { "content-type": FORM_TYPE },
        });
        client.on("error", () => {}); // The test hangs up.
        client.write(CUT_FORM);
        await untilCounts(database, (files, chunks) => files + chunks > 3);
        client.destroy();
        await untilCounts(database, (files, chunks) => files + chunks === 0);
      });
    });

    it("clears what a crash has left when it starts again", async () => {
      await inFolder(async (folder) => {
        const path = join(folder, "files.db");
        const server = await start(path);
        const database = new DatabaseSync(path);
        try {
          const whole = await curl("-F", "a=x;filename=a", server.url);
          assertEquals(whole.status, 200, whole.body);
          const client = request(server.url, {
            method: "POST",
            headers: { "content-type": FORM_TYPE },
          });
          client.on("error", () => {}); // The test kills the server.
          client.write(CUT_FORM);
          await untilCounts(database, (files, chunks) => files + chunks > 5);
          await server.close("SIGKILL");
          assertEquals(count(database, "files"), 3);
          await (await start(path)).close();
          // Both complete files, with one chunk each.
          assertEquals(count(database, "files"), 2);
          assertEquals(count(database, "chunks"), 2);
        } finally {
          database.close();
          await server.close("SIGKILL");
        }
      });
    });
  });
}
