/**
 * Uploads bodies of unknown length by `fetch`, on the runtime that runs this:
 * "first", then a part that waits for a line on stdin, and at last as many
 * blocks of 64 KiB as the second argument says. It prints how many blocks have
 * been taken, and at the end the status and the answer.
 */
import { MultipartWriter } from "@tributary/multipart/writer";
import { once } from "node:events";
import process from "node:process";

const [url = "", count = "0"] = process.argv.slice(2);

async function* whenAllowed(): AsyncGenerator<string> {
  await once(process.stdin, "data");
  process.stdin.pause();
  yield "second";
}

async function* blocks(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < Number(count); index++) {
    console.log(`taken ${index}`);
    yield new Uint8Array(64 * 1024).fill(index);
  }
}

const writer = new MultipartWriter("form-data");
writer.append(
  // The length of a stream is not known either.
  new Blob(["first"]).stream(),
  { name: "first" },
);
writer.append(whenAllowed(), { name: "second" });
writer.append(blocks(), { name: "blocks", filename: "blocks.bin" });
const response = await fetch(url, writer.toRequestInit());
console.log(`${response.status} ${await response.text()}`);
