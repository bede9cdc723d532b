/**
 * Runs SECURITY.md's program for a public server under each attack of its
 * table.
 */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { fieldHead } from "../bytes.ts";
import { inFolder } from "../driving/folders.ts";
import { probe } from "../reader/probe.ts";
import { root } from "../runtimes/names.ts";
import { inTurn, MiB, OPEN_FIELD, repeated } from "../threats/hostile.ts";
import { blocks } from "./code_blocks/blocks.ts";

type Store = (name: string, file: ReadableStream<Uint8Array>) => Promise<void>;

/** Loads the part of the program that a server uses. */
async function loadHandle(): Promise<
  (request: Request, store: Store) => Promise<Response>
> {
  const program = blocks.find(({ place }) => place === "SECURITY.md > Limits");
  const [server] = program?.text.split("\nconst form = ") ?? [];
  return await inFolder(async (folder) => {
    const path = join(folder, "program.ts");
    await writeFile(path, `${server}\nexport { handle };\n`);
    return (await import(pathToFileURL(path).href)).handle;
  });
}

let handle: ReturnType<typeof loadHandle> | undefined;

interface Attack {
  name: string;
  /** The Content-Type's subtype and parameters. A form by default. */
  type?: string;
  headers?: Record<string, string>;
  body: () => Iterable<Uint8Array>;
  status: number;
  /** The most bytes that may be read. 1 MiB by default. */
  most?: number;
  /** The most bytes that may be stored. None by default. */
  stored?: number;
}

const FORM = "form-data; boundary=b";
const OPEN_FILE = `--b\r\n${fieldHead("a")}; filename="a"\r\n\r\n`;
const PART = `${OPEN_FILE}Oslo\r\n`;
const MOST_OF_A_FILE = 20 * MiB;

function form(name: string): string {
  return `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nx\r\n--b--`;
}

function multipart(type: string, head: string, content: Uint8Array): Attack {
  return {
    name: `a bomb in multipart/${type}`,
    type: `${type}; boundary=b`,
    body: () => inTurn(`--b\r\n${head}\r\n\r\n`, [content], "\r\n--b--"),
    status: 415,
    most: 0,
  };
}

const bomb = gzipSync(new Uint8Array(16 * MiB));
const HOSTILE_GZIP = `${fieldHead("a")}; filename=a\r\nContent-Encoding: gzip`;

/**
 * The keys are the classes in the table. If a class is about the writer, its
 * input is read.
 */
const attacks: Record<string, Attack[]> = {
  T1: [
    { name: "a name", body: () => inTurn(form("__proto__")), status: 200 },
    { name: "brackets", body: () => inTurn(form("a[b][c]")), status: 200 },
    { name: "a space", body: () => inTurn("--b\r\n a: b\r\n"), status: 400 },
  ],
  T2: [
    {
      name: "a boundary too long",
      type: `form-data; boundary=${"b".repeat(256)}`,
      body: () => inTurn(form("a")),
      status: 400,
    },
    { name: "an end in a head", body: () => inTurn("--b\r\nA"), status: 400 },
    { name: "an end in a body", body: () => inTurn(OPEN_FIELD), status: 400 },
    { name: "nothing", body: () => [], status: 400 },
  ],
  T3: ["\r", "\r\n", "\r\n-", "\r\n--", "\r\n--a"].map((piece) => ({
    name: JSON.stringify(piece),
    body: () => inTurn(OPEN_FILE, repeated(piece, 100 * MiB)),
    status: 413,
    most: MOST_OF_A_FILE + MiB,
    stored: MOST_OF_A_FILE,
  })),
  T4: ["\\", "a\\", '\\"', ";", "; ", ";a=b", "=", " "].map((piece) => ({
    name: JSON.stringify(piece),
    body: () => inTurn(`--b\r\n${fieldHead("a")}`, repeated(piece, 10 * MiB)),
    status: 431,
  })),
  T5: [{
    name: "the smallest parts",
    body: () => repeated(`--b\r\n${fieldHead("a")}\r\n\r\n\r\n`, 100 * MiB),
    status: 413,
  }],
  T6: [
    {
      name: "a line",
      body: () => inTurn("--b\r\na: ", repeated("b", 10 * MiB)),
      status: 431,
    },
    {
      name: "fields",
      body: () => inTurn("--b\r\n", repeated("a: b\r\n", 10 * MiB)),
      status: 431,
    },
  ],
  T7: [
    {
      name: "a preamble",
      body: () => repeated("preamble\r\n", 100 * MiB),
      status: 400,
    },
    {
      name: "an epilogue",
      body: () => inTurn(form("a"), "\r\n", repeated("x", 100 * MiB)),
      status: 200,
    },
  ],
  T8: [
    {
      name: "a field",
      body: () => inTurn(OPEN_FIELD, repeated("x", 100 * MiB)),
      status: 413,
    },
    {
      name: "a file",
      body: () => inTurn(OPEN_FILE, repeated("x", 100 * MiB)),
      status: 413,
      most: MOST_OF_A_FILE + MiB,
      stored: MOST_OF_A_FILE,
    },
  ],
  T9: [
    {
      name: "a length that is too small",
      headers: { "content-length": "5" },
      body: () => inTurn(OPEN_FIELD, repeated("x", 100 * MiB)),
      status: 413,
    },
    {
      name: "a part's length that is too small",
      body: () =>
        inTurn(
          `--b\r\n${fieldHead("a")}\r\nContent-Length: 1\r\n\r\n`,
          repeated("x", 100 * MiB),
        ),
      status: 413,
    },
  ],
  T10: [{
    name: "a file that breaks off",
    body: () => inTurn(OPEN_FILE, "half"),
    status: 400,
    stored: 4,
  }],
  T11: [{
    name: "control characters",
    body: () => inTurn("--b\r\n\u001b[31m: \0\r\n\r\n"),
    status: 400,
  }],
  T12: [
    {
      name: "two names",
      body: () => inTurn(form('a"; name="b')),
      status: 400,
    },
    {
      name: "two boundaries",
      type: `${FORM}; boundary=c`,
      body: () => inTurn(form("a")),
      status: 400,
    },
    {
      name: "a longer delimiter",
      body: () => inTurn(OPEN_FIELD, "x\r\n--bc\r\n"),
      status: 400,
    },
  ],
  T13: ["../../a", "/etc/passwd", "C:\\\\a", "..", "NUL"].map((name) => ({
    name,
    body: () =>
      inTurn(`--b\r\n${fieldHead("a")}; filename="${name}"\r\n\r\nx\r\n--b--`),
    status: 200,
    stored: 1,
  })),
  T14: [{
    name: "a boundary of one character",
    body: () => inTurn(form("a")),
    status: 200,
  }],
  T15: [{
    name: "a line break in a name",
    body: () => inTurn(form("a\r\nSet-Cookie: b")),
    status: 400,
  }],
  T16: [{
    name: "base64 of spaces",
    body: () =>
      inTurn(
        `--b\r\n${fieldHead("a")}\r\nContent-Transfer-Encoding: base64\r\n\r\n`,
        repeated(" ", 100 * MiB),
      ),
    status: 413,
  }],
  T17: [
    {
      name: "gzip in a form, which stays as it is",
      body: () => inTurn(`--b\r\n${HOSTILE_GZIP}\r\n\r\n`, [bomb], "\r\n--b--"),
      status: 200,
      stored: bomb.length,
    },
  ],
  T18: [{
    name: "multiparts within multiparts",
    body: () =>
      inTurn(
        `--b\r\n${
          fieldHead("a")
        }\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n`,
        repeated(
          "--c\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n",
          10 * MiB,
        ),
      ),
    status: 413,
  }],
  T19: [{
    name: "ranges",
    headers: { range: `bytes=${"0-0,".repeat(1000)}0-0` },
    body: () => inTurn(form("a")),
    status: 200,
  }],
  T20: [
    multipart("mixed", HOSTILE_GZIP, bomb),
    multipart("related", HOSTILE_GZIP, bomb),
    multipart("x-mixed-replace", HOSTILE_GZIP, bomb),
    {
      name: "20,000 parts of multipart/x-mixed-replace",
      type: "x-mixed-replace; boundary=b",
      body: () => inTurn(PART.repeat(20_000)),
      status: 415,
      most: 0,
    },
  ],
  T21: [{
    name: "a bomb in each of many parts of multipart/mixed",
    type: "mixed; boundary=b",
    body: () =>
      Array.from({ length: 50 }).flatMap(
        () => [...inTurn(`--b\r\n${HOSTILE_GZIP}\r\n\r\n`, [bomb], "\r\n")],
      ),
    status: 415,
    most: 0,
  }],
  T22: [{
    name: "a thousand names",
    body: () => {
      const names = Array.from({ length: 1000 }, (_, at) => `x${at}:\r\n`);
      return inTurn(`--b\r\n${names.join("")}`);
    },
    status: 431,
  }],
  T23: [{
    name: "a path in Host",
    headers: { host: "localhost/raw?" },
    body: () => inTurn(form("a")),
    status: 200,
  }],
  T24: [{
    name: "16 KiB of parameters",
    body: () =>
      inTurn(`--b\r\n${fieldHead("a")}${";a*0*=b".repeat(2500)}\r\n\r\n`),
    status: 431,
  }],
};

describe("SECURITY.md's program for a public server", () => {
  for (const [id, ofClass] of Object.entries(attacks)) {
    for (const attack of ofClass) {
      const { name, type = FORM, headers, body, status } = attack;
      it(`stands ${id}, ${name}`, async () => {
        let sent = 0;
        const source = probe((function* () {
          for (const chunk of body()) {
            sent += chunk.length;
            yield chunk;
          }
        })());
        const init = {
          method: "POST",
          headers: { ...headers, "content-type": `multipart/${type}` },
          body: source.stream,
          duplex: "half", // Required by Node, but missing in some types.
        };
        const request = new Request("http://localhost/", init);
        let stored = 0;
        const names: string[] = [];
        const store: Store = async (name, file) => {
          names.push(name);
          for await (const chunk of file) stored += chunk.length;
        };
        const response = await (await (handle ??= loadHandle()))(
          request,
          store,
        );
        const answer = await response.text();
        assertEquals(response.status, status, answer);
        assertLessOrEqual(sent, attack.most ?? MiB);
        assertLessOrEqual(stored, attack.stored ?? 0);
        assertLessOrEqual(answer.length, 100);
        for (const name of names) assert(!/[/\\]|^\.|^nul$/i.test(name), name);
      });
    }
  }

  it("is tried with each class of the table", () => {
    const text = readFileSync(join(root, "SECURITY.md"), "utf8");
    const classes = [...text.matchAll(/^\| (T\d+) /gm)].map(([, id]) => id);
    const tried = Object.keys(attacks);
    assertEquals(classes.filter((id = "") => !tried.includes(id)), []);
  });
});
