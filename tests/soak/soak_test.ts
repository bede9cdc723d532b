/** The short form of `npm run soak`: the same bounds, but none on time. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { problemsOfPart, problemsOfUploads, sumOf } from "./bounds.ts";
import { soakRuntimes } from "./programs.ts";
import { readingWays } from "./reading_ways.ts";
import { soakLargeUpload, soakPart } from "./soak_part.ts";
import { soakUploads } from "./soak_uploads.ts";

const MIB = 1024 ** 2;

for (const runtime of soakRuntimes) {
  const { name, command } = runtime;
  describe(`a server on ${name}`, () => {
    if (command === undefined) {
      it("is missing", () => {
        const text = `${name}: not found. Run npm install.`;
        if (process.env["CI"]) throw new Error(text);
        console.log(`SKIPPED the soak on ${text}`);
      });
      return;
    }

    it("takes uploads, broken ones too, and leaves nothing behind", async () => {
      const soak = await soakUploads(runtime, {
        seed: 1,
        warmUp: 300,
        uploads: 300,
        concurrency: 50,
      });
      const { complete, malformed, aborted } = soak.sent;
      assertEquals([complete, sumOf(malformed), aborted], [480, 60, 60]);
      assertEquals(problemsOfUploads(soak), []);
    });

    for (const { name: way, makesGarbage } of readingWays) {
      // The ways that copy take longer.
      const mib = way === "chunks" ? 1024 : 256;
      it(`holds little of ${mib} MiB in one part, read by "${way}"`, async () => {
        const part = await soakPart(runtime, mib * MIB, way);
        assertEquals(problemsOfPart(part, makesGarbage), []);
      });
    }

    it("holds little of an upload with 256 MiB in one part", async () => {
      const part = await soakLargeUpload(runtime, 256 * MIB, "large");
      assertEquals(problemsOfPart(part, true), []);
    });
  });
}
