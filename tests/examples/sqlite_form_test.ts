/**
 * A form's files in SQLite with `readForm()`, and what remains of a form that
 * fails.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { examplePath, onEachRuntime, startExample } from "./running.ts";

const CHUNK_BYTES = 255 * 1024;
const FORM_TYPE = "multipart/form-data; boundary=b";

function head(filename: string): string {
  return "--b\r\nContent-Disposition: form-data; " +
    `name="scans"; filename="${filename}"\r\n\r\n`;
}

/** A complete file, and half of another. */
const CUT_FORM = Buffer.concat([
  Buffer.from(`${head("a")}whole\r\n${head("b")}`),
  randomBytes(3 * CHUNK_BYTES),
]);

for (
  const { name, command } of onEachRuntime(
    examplePath("stores/sqlite.ts"),
    ...["--allow-net", "--allow-env", "--allow-read", "--allow-write"],
  )
) {
  describe(`examples/stores/sqlite.ts on ${name}`, () => {
    async function serve(
      use: (url: string, database: DatabaseSync) => Promise<void>,
    ): Promise<void> {
      await inFolder(async (folder) => {
        const path = join(folder, "files.db");
        const server = await startExample([...command, path]);
        const database = new DatabaseSync(path);
        try {
          await use(server.url, database);
        } finally {
          database.close();
          await server.close();
        }
      });
    }

    function counts(database: DatabaseSync): number[] {
      return ["files", "chunks"].map((table) => {
        const rows = database.prepare(`SELECT count(*) AS n FROM ${table}`);
        return Number(rows.get()?.["n"]);
      });
    }

    it("keeps each file under its id", () =>
      serve(async (url, database) => {
        const bytes = randomBytes(2 * CHUNK_BYTES + 1);
        const form = Buffer.concat([
          Buffer.from(head("a")),
          bytes,
          Buffer.from(`\r\n${head("b")}\r\n--b--\r\n`),
        ]);
        const { status, body } = await curlBody(url, FORM_TYPE, form);
        assertEquals(status, 200, body);
        const { scans: [id, empty] }: { scans: string[] } = JSON.parse(body);
        assert(id && empty);
        const chunks = database
          .prepare("SELECT data FROM chunks WHERE file = ? ORDER BY n")
          .all(id)
          .map(({ data }) => data instanceof Uint8Array ? data : Buffer.of());
        assertEquals(chunks.length, 3);
        assert(Buffer.concat(chunks).equals(bytes));
        assertEquals(counts(database), [2, 3]);
      }));

    it("keeps nothing of a form that breaks off or is refused", () =>
      serve(async (url, database) => {
        const unknown = '\r\n--b\r\nContent-Disposition: form-data; name="x"';
        const refused = Buffer.concat([
          CUT_FORM,
          Buffer.from(`${unknown}\r\n\r\n\r\n--b--`),
        ]);
        for (const [form, message] of [[CUT_FORM, /ends/], [refused, /"x"/]]) {
          assert(form instanceof Buffer && message instanceof RegExp);
          const { status, body } = await curlBody(url, FORM_TYPE, form);
          assertEquals(status, 400);
          assertMatch(body, message);
          assertEquals(counts(database), [0, 0]);
        }
      }));

    it("keeps nothing when the client hangs up", () =>
      serve(async (url, database) => {
        const client = request(url, {
          method: "POST",
          headers: { "content-type": FORM_TYPE },
        });
        client.on("error", () => {}); // The test hangs up.
        client.write(CUT_FORM);
        const deadline = Date.now() + 10_000;
        const until = async (isSo: (sum: number) => boolean) => {
          for (;;) {
            const [files = 0, chunks = 0] = counts(database);
            if (isSo(files + chunks)) return;
            assert(Date.now() < deadline, `There are ${files}, ${chunks}`);
            await sleep(20);
          }
        };
        await until((sum) => sum > 3);
        client.destroy();
        await until((sum) => sum === 0);
      }));
  });
}
