/**
 * GraphQL multipart requests, from FormData and from a client that sends
 * slowly.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createHash, randomBytes } from "node:crypto";
import server, { executeUpload } from "../../examples/graphql_upload.ts";
import { examplePath, startExample } from "./running.ts";

const cat = randomBytes(3_000_017);
const sha256 = createHash("sha256").update(cat).digest("hex");
const ONE = "mutation($f: Upload!) { sha256(file: $f) }";
const LIST = "mutation($l: [Upload!]!) { sizes(files: $l) }";

type Files = Record<string, Uint8Array<ArrayBuffer> | string>;

function form(operations: unknown, map: unknown, files: Files): FormData {
  const form = new FormData();
  form.append("operations", JSON.stringify(operations));
  form.append("map", JSON.stringify(map));
  for (const [name, bytes] of Object.entries(files)) {
    form.append(name, new File([bytes], `${name}.jpg`));
  }
  return form;
}

async function ask(
  form: FormData,
  headers: Record<string, string> = {},
  end?: number,
): Promise<Response> {
  // Node crashes if a body that it made from FormData is cancelled.
  const whole = new Response(form);
  const type = whole.headers.get("content-type") ?? "";
  const body = (await whole.arrayBuffer()).slice(0, end);
  const init = {
    method: "POST",
    body,
    headers: { ...headers, "content-type": type },
  };
  return await server.fetch(new Request("http://localhost/", init));
}

const one = { query: ONE, variables: { f: null } };

describe("examples/graphql_upload.ts", () => {
  it("hands each file to its resolver, on a real server", async () => {
    const running = await startExample([
      ...["deno", "serve", "--no-prompt", "--no-check"],
      ...["--host=127.0.0.1", "--port=0", "--allow-env"],
      examplePath("graphql_upload.ts"),
    ]);
    try {
      const body = form(one, { 0: ["variables.f"] }, { 0: cat });
      const response = await fetch(running.url, { method: "POST", body });
      assertEquals(await response.json(), { data: { sha256 } });
    } finally {
      await running.close();
    }
  });

  const list = { query: LIST, variables: { l: [null, null] } };
  const map = { a: ["variables.l.0"], b: ["variables.l.1"] };
  const answers: [string, FormData, unknown][] = [
    [
      "a list, in the order of the files",
      form(list, map, { a: "1", b: "22" }),
      {
        sizes: [1, 2],
      },
    ],
    ["a list, in another order", form(list, map, { b: "22", a: "1" }), {
      sizes: [1, 2],
    }],
    [
      "a file that nobody reads before one that is read",
      form(
        {
          query: "mutation($a: Upload!, $b: Upload!) " +
            "{ ignore(file: $a) sha256(file: $b) }",
          variables: { a: null, b: null },
        },
        { a: ["variables.a"], b: ["variables.b"] },
        { a: cat, b: cat },
      ),
      { ignore: true, sha256 },
    ],
    [
      "a file that nobody reads",
      form(
        {
          query: "mutation($f: Upload!) { ignore(file: $f) }",
          variables: { f: null },
        },
        { 0: ["variables.f"] },
        { 0: cat },
      ),
      { ignore: true },
    ],
    [
      "a file that no operation has a place for",
      form(one, { 0: ["variables.f"] }, { x: cat, 0: cat }),
      { sha256 },
    ],
  ];
  for (const [what, body, data] of answers) {
    it(`takes ${what}`, async () => {
      assertEquals(await (await ask(body)).json(), { data });
    });
  }

  it("tells a resolver of a file that does not come", async () => {
    const response = await ask(form(one, { 0: ["variables.f"] }, {}));
    const { errors } = await response.json();
    assertMatch(errors[0].message, /"0": it has not come/);
  });

  it("begins to read a file before the next has been sent", async () => {
    const seen: string[] = [];
    const { promise: read, resolve } = Promise.withResolvers<void>();
    const head = (name: string, filename = "") =>
      `--b\r\nContent-Disposition: form-data; name="${name}"${filename}\r\n\r\n`;
    async function* bytes() {
      const encoder = new TextEncoder();
      const operations = JSON.stringify({ query: "", variables: { f: null } });
      yield encoder.encode(
        `${head("operations")}${operations}\r\n${head("map")}` +
          `{"0":["variables.f"]}\r\n${head("0", '; filename="a"')}first`,
      );
      await read; // If the whole file were buffered, this would wait forever.
      yield encoder.encode("last\r\n--b--\r\n");
    }
    const init = {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=b" },
      body: ReadableStream.from(bytes()),
      duplex: "half",
    } as const;
    const request = new Request("http://localhost/", init);
    await executeUpload(request, async ({ variables }) => {
      const file = Object(variables).f;
      for await (const chunk of await file.open()) {
        seen.push(new TextDecoder().decode(chunk));
        resolve();
      }
    });
    assertEquals(seen.join(""), "firstlast");
  });

  const refused: [string, FormData, number][] = [
    [
      "files before the map",
      (() => {
        const body = new FormData();
        body.append("0", new File(["a"], "a"));
        return body;
      })(),
      400,
    ],
    ["a place that is not null", form(one, { 0: ["query"] }, { 0: "a" }), 422],
    ["a prototype's place", form(one, { 0: ["__proto__.f"] }, { 0: "a" }), 422],
    ["a map of other things", form(one, { 0: 1 }, { 0: "a" }), 422],
    ["operations that are null", form(null, {}, {}), 400],
  ];
  for (const [what, body, status] of refused) {
    it(`refuses ${what}`, async () => {
      const response = await ask(body);
      assertEquals(response.status, status, await response.text());
    });
  }

  it("tells a resolver of a form that breaks off", async () => {
    const body = form(one, { 0: ["variables.f"] }, { 0: cat });
    const { data, errors } = await (await ask(body, {}, 2_000_000)).json();
    assertEquals(data, null);
    assertMatch(errors[0].message, /it ends in part 2/);
  });

  it("refuses a form of another site", async () => {
    const body = form(one, { 0: ["variables.f"] }, { 0: "a" });
    const response = await ask(body, { "sec-fetch-site": "cross-site" });
    assertEquals(response.status, 403);
  });
});
