/** HTTP messages in parts, in any chunks and with any content. */
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { answerBatch } from "../../examples/batch.ts";
import { addMessage, readMessage } from "../../examples/http_message.ts";
import { cuttings, utf8 } from "../bytes.ts";

type Message = Awaited<ReturnType<typeof readMessage>>;

async function readFrom(chunks: Iterable<Uint8Array>): Promise<Message> {
  const options = { boundary: "b", lineEndings: "any" } as const;
  const { value: part } = await new MultipartReader(chunks, options).next();
  if (part === undefined) throw new Error("Cannot read a part: there is none");
  return await readMessage(part);
}

const inPart = (message: string) => utf8(`--b\r\n\r\n${message}\r\n--b--`);

const told = ({ startLine, headers, body }: Message) => [
  startLine.join(" "),
  Object.fromEntries(headers ?? []),
  body && new TextDecoder().decode(body),
];

/** Messages in a part, and how they are read. */
const messages: [name: string, message: string, ...expected: unknown[]][] = [
  [
    "a request",
    "GET /hello?name=Ada HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\n",
    "GET /hello?name=Ada HTTP/1.1",
    { host: "a", "x-a": "1" },
    null,
  ],
  [
    "a request with a body that looks like more fields",
    "POST / HTTP/1.1\r\nA: b\r\n\r\nC: d\r\n\r\n\r\n",
    "POST / HTTP/1.1",
    { a: "b" },
    "C: d\r\n\r\n\r\n",
  ],
  [
    "lines that end in LF",
    "POST / HTTP/1.1\nA: b\n\none\ntwo\n",
    "POST / HTTP/1.1",
    { a: "b" },
    "one\ntwo\n",
  ],
  [
    "a body with a coding of its own, which stays",
    "POST / HTTP/1.1\r\nContent-Encoding: gzip\r\n\r\n~",
    "POST / HTTP/1.1",
    { "content-encoding": "gzip" },
    "~",
  ],
  ["no fields", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1", {}, null],
  ["a start line alone", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1", {}, null],
  ["nothing", "", "", {}, null],
];

/** Messages that are refused, and the error's code. */
const refused: [name: string, message: string, code: string][] = [
  [
    "too many fields",
    `GET / HTTP/1.1\r\n${"x: y\r\n".repeat(65)}\r\n`,
    "header-too-large",
  ],
  [
    "a field too long",
    `GET / HTTP/1.1\r\nx: ${"y".repeat(17_000)}\r\n\r\n`,
    "header-too-large",
  ],
  ["a start line too long", `GET /${"x".repeat(9000)}`, "part-too-large"],
  ["a line without a colon", "GET / HTTP/1.1\r\nx\r\n\r\n", "invalid-header"],
  [
    "a name with a space in it",
    "GET / HTTP/1.1\r\na b: c\r\n\r\n",
    "invalid-header",
  ],
  ["a NUL", "GET / HTTP/1.1\r\na: \0\r\n\r\n", "invalid-header"],
];

describe("readMessage()", () => {
  for (const [name, message, ...expected] of messages) {
    it(`reads ${name}, however it comes`, async () => {
      for (const { label, chunks } of cuttings(inPart(message))) {
        assertEquals(told(await readFrom(chunks)), expected, label);
      }
    });
  }

  for (const [name, message, code] of refused) {
    it(`refuses ${name}`, async () => {
      const read = () => readFrom([inPart(message)]);
      const error = await assertRejects(read, MultipartError);
      assertEquals(error.code, code);
    });
  }

  it("reads what addMessage() writes", async () => {
    const writer = new MultipartWriter("mixed", { boundary: "b" });
    const request = new Request("http://localhost/", {
      method: "POST",
      body: "--x--\r\n\r\nüber",
      headers: { "content-type": "text/plain", "x-a": "1" },
    });
    await addMessage(writer, "POST / HTTP/1.1", request, {});
    assertEquals(told(await readFrom([await writer.bytes()])), [
      "POST / HTTP/1.1",
      { "content-length": "14", "content-type": "text/plain", "x-a": "1" },
      "--x--\r\n\r\nüber",
    ]);
  });
});

describe("answerBatch()", () => {
  const ask = async (path: string): Promise<string> => {
    const batch = new Request("http://localhost:8000/batch", {
      method: "POST",
      headers: { "content-type": "multipart/mixed; boundary=b" },
      body: inPart(`GET ${path} HTTP/1.1\r\nHost: other.example\r\n\r\n`),
    });
    let asked = "";
    await answerBatch(batch, ({ url }) => {
      asked = url;
      return Promise.resolve(new Response());
    });
    return asked;
  };

  it("stays on its own server, whatever path it is asked for", async () => {
    const paths = ["/", "/a?b", "//other.example/a", "/\\other.example"];
    for (const path of paths) {
      assertEquals(new URL(await ask(path)).host, "localhost:8000", path);
    }
    assertEquals(
      await ask("//other.example/a"),
      "http://localhost:8000//other.example/a",
    );
  });

  it("refuses what is not a path", async () => {
    for (const path of ["http://other.example/", "@other.example/", "*", ""]) {
      await assertRejects(() => ask(path), TypeError, "is not a path", path);
    }
  });
});
