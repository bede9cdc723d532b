import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  byteRanges,
  FrameBroadcast,
  mixedReplace,
  MultipartEncoderStream,
  MultipartWriter,
} from "@tributary/multipart/writer";

/** Plain JavaScript may pass this, though the types forbid it. */
const nothing = null as unknown as undefined;

function writer(): MultipartWriter {
  const writer = new MultipartWriter("mixed", { boundary: "b" });
  writer.append("x");
  return writer;
}

async function* frames() {
  yield new Uint8Array(1);
}

const request = new Request("http://localhost/");
const blob = new Blob(["x"]);

/** Calls that give the same result with `null` as without options. */
const calls: Record<string, (options: undefined) => unknown> = {
  "new MultipartWriter()": (options) =>
    new MultipartWriter("mixed", options).length,
  "fromFormData()": (options) =>
    MultipartWriter.fromFormData(new FormData(), options).length,
  "append()": (options) => [...writer().append("x", options).headers],
  "appendJson()": (options) => [...writer().appendJson(1, options).headers],
  "appendForm()": (options) => [...writer().appendForm("a", options).headers],
  "setContentDisposition()": (options) => {
    const part = writer().append("x");
    part.setContentDisposition("inline", options);
    return [...part.headers];
  },
  "stream()": (options) => new Response(writer().stream(options)).text(),
  "toRequestInit()": (options) => writer().toRequestInit(options).method,
  "toResponse()": (options) => writer().toResponse(options).text(),
  "new MultipartEncoderStream()": (options) =>
    new MultipartEncoderStream("mixed", options).contentType.length,
  "byteRanges()": (options) => byteRanges(request, blob, options).text(),
  "mixedReplace()": (options) => mixedReplace(frames(), options).status,
  "new FrameBroadcast()": (options) => new FrameBroadcast(options).clients,
  "subscribe()": (options) => {
    const broadcast = new FrameBroadcast();
    broadcast.close();
    return broadcast.subscribe(options).status;
  },
};

describe("options that are null", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`are none, in ${name}`, async () => {
      assertEquals(await call(nothing), await call(undefined));
    });
  }
});

it("byteRanges() says that it was given no request", () => {
  for (const none of [undefined, null, {}]) {
    assertThrows(
      () => byteRanges(none as unknown as Request, blob),
      TypeError,
      "Cannot answer: the request has no Headers",
    );
  }
});
