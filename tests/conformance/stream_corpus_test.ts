import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { type Cutting, cuttings, latin1 } from "../bytes.ts";
import corpus from "./corpus/streams.json" with { type: "json" };

interface Stream {
  id: string;
  why: string;
  contentType: string;
  body: string;
  /** The lengths of the frames that ffmpeg reads. */
  ffmpeg: number[];
  /**
   * The lengths of the parts that this library reads, where they differ, and
   * why.
   */
  ours?: number[];
  because?: string;
}

/**
 * Larger bodies are cut at some places only: each cut reads the whole body
 * again.
 */
const CUT_EVERYWHERE = 4096;

function* corpusCuttings(bytes: Uint8Array): Generator<Cutting> {
  const step = bytes.length > CUT_EVERYWHERE ? 37 : 1;
  let count = 0;
  for (const cutting of cuttings(bytes)) {
    if (count++ < 200 || count % step === 0) yield cutting;
  }
}

const streams: Stream[] = corpus.cases;

describe("the corpus of camera streams", () => {
  for (const { id, why, because, contentType, body, ...lengths } of streams) {
    it(`${id}: ${why}${because ? `; ${because}` : ""}`, async () => {
      for (const { label, chunks } of corpusCuttings(latin1(body))) {
        const reader = new MultipartReader(chunks, { contentType });
        const read: number[] = [];
        for await (const part of reader) {
          read.push((await part.bytes()).length);
        }
        assertEquals(read, lengths.ours ?? lengths.ffmpeg, label);
      }
    });
  }
});
