/**
 * Reads one very large part, and prints the size of the heap:
 *
 *     node --expose-gc tests/soak/large_part.ts <bytes> <way>
 *
 * The body is made on demand, in chunks that are views of one block, so that
 * only the reader uses the heap. Every byte is compared with what was sent.
 */
import { MultipartReader } from "@tributary/multipart";
import process from "node:process";
import { CONTENT_TYPE } from "./form.ts";
import { HeapWatch } from "./heap_watch.ts";
import { block, ContentCheck, largeBody } from "./large_body.ts";
import { CONTROL, type ReadingWay, wayOf } from "./reading_ways.ts";

const WARM_UP = 64 * 1024 * 1024;

/** Reads this many bytes. Returns how many arrived. */
type Read = (length: number, watch: HeapWatch) => Promise<number>;

function readPartBy(way: ReadingWay): Read {
  return async (length, watch) => {
    const check = new ContentCheck();
    const chunks = largeBody(length);
    const init = {
      method: "POST",
      headers: { "content-type": CONTENT_TYPE },
      body: new ReadableStream({
        async pull(controller) {
          await watch.look(check.size);
          const { done, value } = chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
      }, { highWaterMark: 0 }),
      duplex: "half",
    };
    const request = new Request("http://localhost/", init);
    for await (const part of MultipartReader.from(request)) {
      for await (const chunk of way.read(part)) check.take(chunk);
    }
    return check.size;
  };
}

/** Measures the copies in a stream, without this library. */
const readCopies: Read = async (length, watch) => {
  const check = new ContentCheck();
  const stream = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      await watch.look(check.size);
      if (check.size >= length) controller.close();
      else controller.enqueue(new Uint8Array(block));
    },
  }, { highWaterMark: 0 });
  for await (const chunk of stream) check.take(chunk);
  return check.size;
};

const [, , bytes, way] = process.argv;
const length = Number(bytes);
const read = way === CONTROL ? readCopies : readPartBy(wayOf(way));

await read(WARM_UP, await HeapWatch.start(WARM_UP));
const watch = await HeapWatch.start(length);
const started = performance.now();
const size = await read(length, watch);
const milliseconds = performance.now() - started;
if (size !== length) throw new Error(`${size} bytes came, of ${length}`);
console.log(JSON.stringify({ milliseconds, ...await watch.end() }));
