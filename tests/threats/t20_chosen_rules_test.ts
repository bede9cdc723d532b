import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { formBody, streamOf, utf8 } from "../bytes.ts";
import { probe } from "../reader/probe.ts";

/**
 * Content-Types that a client sends to a form endpoint to have other rules
 * applied.
 */
const types = [
  "multipart/mixed; boundary=b",
  "multipart/related; boundary=b",
  "multipart/x-mixed-replace; boundary=b",
  'Multipart/Mixed; boundary="b"',
  "multipart/form-data2; boundary=b",
];

describe("T20 chosen rules", () => {
  for (const contentType of types) {
    it(`a request that is ${contentType} is 415, and nothing is read`, () => {
      const source = probe([formBody([["X: y", "1"]])]);
      const headers = { "content-type": contentType };
      const error = assertThrows(
        () => MultipartReader.from({ headers, body: source.stream }),
        MultipartError,
      );
      assertEquals([error.code, error.status], ["unsupported-media-type", 415]);
      assertEquals(source.pulls, 0);
    });

    it(`formData() of ${contentType} is 415, whoever opened it`, async () => {
      const source = probe([formBody([["X: y", "1"]])]);
      const reader = new MultipartReader(source.stream, { contentType });
      const error = await assertRejects(() => reader.formData());
      assertEquals((error as MultipartError).status, 415);
      assertEquals(source.pulls, 0);
    });
  }

  it("a form's gzip stays as it was sent", async () => {
    const sent = utf8("not gzip at all");
    const head = 'Content-Disposition: form-data; name="a"\r\n' +
      "Content-Encoding: gzip";
    const reader = MultipartReader.from({
      headers: { "content-type": "multipart/form-data; boundary=b" },
      body: streamOf([formBody([[head, "not gzip at all"]])]),
    });
    const { value: part } = await reader.next();
    assertEquals(await part?.bytes(), sent);
  });
});
