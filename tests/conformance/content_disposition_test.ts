import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { parseContentDisposition } from "../../wire/content_disposition.ts";
import { cuttings, utf8 } from "../bytes.ts";
import vectors from "./content-disposition.json" with { type: "json" };

interface Case {
  id: string;
  why?: string;
  value: string;
  expect: { type: string; name?: string; filename?: string } | null;
}

const cases: Case[] = vectors.cases;

describe("Content-Disposition outside forms", () => {
  for (const { id, value, why, expect } of cases) {
    it(`${id}: ${why ?? value}`, async () => {
      const parsed = parseContentDisposition(value);
      assertEquals(parsed?.type, expect?.type);
      assertEquals(parsed?.name, expect?.name);
      assertEquals(parsed?.filename, expect?.filename);

      const body = utf8(
        `--b\r\nContent-Disposition: ${value}\r\n\r\nx\r\n--b--\r\n`,
      );
      for (const { label, chunks } of cuttings(body)) {
        const reader = new MultipartReader(chunks, {
          contentType: "multipart/mixed; boundary=b",
        });
        for await (const part of reader) {
          assertEquals(part.name, expect?.name, label);
          assertEquals(part.filename, expect?.filename, label);
          assertEquals(await part.text(), "x", label);
        }
        assertEquals(reader.partsRead, 1, label);
      }
    });
  }
});
