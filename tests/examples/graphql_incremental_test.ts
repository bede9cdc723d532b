/** Incremental responses of a real GraphQL server: on Deno, and in Chromium. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";
import {
  MultipartEncoderStream,
  MultipartError,
  MultipartWriter,
} from "@tributary/multipart";
import { useDeferStream } from "@graphql-yoga/plugin-defer-stream";
import { createSchema, createYoga } from "graphql-yoga";
import { launch } from "puppeteer-core";
import { ask } from "../../examples/graphql_incremental.ts";
import { type Answer, apply } from "../../examples/graphql_patch.ts";
import { chromium, pathOf } from "../driving/commands.ts";
import { bundleText } from "../driving/bundles.ts";
import { inFolder } from "../driving/folders.ts";
import { withServer } from "../driving/servers.ts";
import { installFrameworks } from "./install_frameworks.ts";
import { examplePath, runExample } from "./running.ts";

interface Gate {
  open(): void;
  passed: Promise<void>;
}

function gate(): Gate {
  const { promise: passed, resolve: open } = Promise.withResolvers<void>();
  return { passed, open };
}

const typeDefs = `
  type Query { user: User, numbers: [Int!]! }
  type User { name: String!, friends: [User!]!, wrong: String }
`;

/** Runs a server whose slow fields wait until a gate opens. */
async function serve(
  use: (url: string, slow: Gate) => Promise<void>,
): Promise<void> {
  const slow = gate();
  const friends = async () => {
    await slow.passed;
    return [{ name: "Grace" }, { name: "Edsger" }];
  };
  const resolvers = {
    Query: {
      user: () => ({ name: "Ada" }),
      async *numbers() {
        yield 1;
        await slow.passed;
        yield 2;
        yield 3;
      },
    },
    User: {
      friends,
      async wrong() {
        await slow.passed;
        throw new Error("It is wrong");
      },
    },
  };
  const schema = createSchema({ typeDefs, resolvers });
  const yoga = createYoga({
    schema,
    plugins: [useDeferStream()],
    logging: false,
    maskedErrors: false,
  });
  await withServer(yoga, async (url) => {
    try {
      await use(`${url}graphql`, slow);
    } finally {
      slow.open();
    }
  });
}

const DIRECTIVES = `
  directive @defer(if: Boolean! = true, label: String)
    on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @stream(if: Boolean! = true, label: String, initialCount: Int! = 0)
    on FIELD
`;

/** Runs the same server on GraphQL 17, whose parts name what is pending. */
async function serve17(
  use: (url: string, slow: Gate) => Promise<void>,
): Promise<void> {
  await installFrameworks();
  const graphql = await import(
    examplePath("frameworks/node_modules/graphql17/index.js")
  );
  const slow = gate();
  const schema = graphql.buildSchema(DIRECTIVES + typeDefs);
  const friend = (name: string) => ({
    name,
    async wrong() {
      await slow.passed;
      throw new Error("It is wrong");
    },
  });
  const rootValue = {
    user: {
      name: "Ada",
      async friends() {
        await slow.passed;
        return [friend("Grace"), friend("Edsger")];
      },
    },
    async *numbers() {
      yield 1;
      await slow.passed;
      yield 2;
      yield 3;
    },
  };
  await withServer(async (request, response) => {
    const { query } = JSON.parse(await text(request));
    const document = graphql.parse(query);
    const { initialResult, subsequentResults } = await graphql
      .experimentalExecuteIncrementally({ schema, document, rootValue });
    const encoder = new MultipartEncoderStream("mixed");
    response.writeHead(200, { "content-type": encoder.contentType });
    const sent = pipeline(encoder.readable, response);
    const parts = encoder.writable.getWriter();
    const send = (payload: object) =>
      parts.write({ body: JSON.stringify(payload), type: "application/json" });
    await send(initialResult);
    for await (const payload of subsequentResults) await send(payload);
    await parts.close();
    await sent;
  }, async (url) => {
    try {
      await use(url, slow);
    } finally {
      slow.open();
    }
  });
}

const QUERY = "{ user { name ... @defer { friends { name } } } }";
const FIRST = { data: { user: { name: "Ada" } }, errors: [] };
const LAST = {
  data: {
    user: { name: "Ada", friends: [{ name: "Grace" }, { name: "Edsger" }] },
  },
  errors: [],
};

/** The answers at the time they arrived. The gate opens after the first. */
async function answersTo(query: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  await serve(async (url, slow) => {
    for await (const answer of ask(url, query)) {
      answers.push(structuredClone(answer));
      slow.open();
    }
  });
  return answers;
}

describe("ask()", () => {
  it("gives what is there before the server has the rest", async () => {
    const answers = await answersTo(QUERY);
    assertEquals(answers[0], FIRST);
    assertEquals(answers.at(-1), LAST);
  });

  it("puts the items of a list where they belong", async () => {
    const answers = await answersTo("{ numbers @stream(initialCount: 1) }");
    assertEquals(answers[0], { data: { numbers: [1] }, errors: [] });
    assertEquals(answers.at(-1), { data: { numbers: [1, 2, 3] }, errors: [] });
  });

  it("puts fields into the items of a list", async () => {
    const query = "{ user { friends { name ... @defer { wrong } } } }";
    const answers = await answersTo(`{ user { name } ... @defer ${query} }`);
    const last = answers.at(-1);
    assertEquals(last?.data, {
      user: {
        name: "Ada",
        friends: [
          { name: "Grace", wrong: null },
          { name: "Edsger", wrong: null },
        ],
      },
    });
    assertEquals(last?.errors.length, 2);
  });

  it("gives an answer before its delimiter, wherever it was cut", async () => {
    const data = { user: { name: '} \\ " { é', friends: [{ a: {} }] } };
    const payload = Buffer.from(JSON.stringify({ data }));
    for (let cut = 1; cut < payload.length; cut++) {
      await withServer((_request, response) => {
        const type = "multipart/mixed; boundary=-";
        response.writeHead(200, { "content-type": type });
        response.write("---\r\n\r\n");
        response.write(payload.subarray(0, cut));
        setImmediate(() => response.write(payload.subarray(cut)));
      }, async (url) => {
        const answers = ask(url, QUERY);
        assertEquals((await answers.next()).value, { data, errors: [] });
        await answers.return(undefined);
      });
    }
  });

  it("gives up on an answer without end", async () => {
    await withServer((_request, response) => {
      const type = "multipart/mixed; boundary=-";
      response.writeHead(200, { "content-type": type });
      async function* items() {
        yield '---\r\n\r\n{"data":{"items":[0';
        for (;;) yield ',{"a":1}'.repeat(8192);
      }
      pipeline(items(), response).catch(() => {}); // The client hangs up.
    }, async (url) => {
      await assertRejects(
        () => ask(url, QUERY).next(),
        MultipartError,
        "16777216",
      );
    });
  });

  it("lets no answer change what an object is", () => {
    const path = ["user"];
    const data = JSON.parse('{"__proto__":{"isAdmin":true},"age":1}');
    const answer: Answer = { data: { user: {} }, errors: [] };
    apply({ path, data }, answer);
    assertEquals(answer.data, { user: { age: 1 } });
    assertEquals(Object(answer.data).user.isAdmin, undefined);
  });

  it("lets a list grow at its end alone", () => {
    const answer: Answer = { data: { list: ["a"] }, errors: [] };
    apply({ path: ["list", 1], items: ["b", "c"] }, answer);
    const grown = { list: ["a", "b", "c"] };
    assertEquals(answer.data, grown);
    for (const place of [4, 4_294_967_294, 1e300, -1, 0.5, "length", "at"]) {
      assertThrows(
        () => apply({ path: ["list", place], data: {} }, answer),
        Error,
        "into a list of 3",
      );
      assertThrows(() =>
        apply({ path: ["list", place], items: ["d"] }, answer)
      );
      assertEquals(answer.data, grown);
    }
  });

  it("gives the one answer to a query without @defer", async () => {
    assertEquals(await answersTo("{ user { name } }"), [
      FIRST,
    ]);
  });
});

describe("ask(), of GraphQL 17", () => {
  const cases: [query: string, first: unknown, last: unknown][] = [
    [QUERY, FIRST.data, LAST.data],
    [
      "{ numbers @stream(initialCount: 1) }",
      { numbers: [1] },
      { numbers: [1, 2, 3] },
    ],
    [
      "{ user { friends { name ... @defer { wrong } } } }",
      { user: { friends: [{ name: "Grace" }, { name: "Edsger" }] } },
      {
        user: {
          friends: [
            { name: "Grace", wrong: null },
            { name: "Edsger", wrong: null },
          ],
        },
      },
    ],
  ];
  for (const [query, first, last] of cases) {
    it(`puts together ${query}`, async () => {
      const answers: Answer[] = [];
      await serve17(async (url, slow) => {
        if (query.includes("wrong")) slow.open();
        for await (const answer of ask(url, query)) {
          answers.push(structuredClone(answer));
          slow.open();
        }
      });
      assertEquals(answers[0]?.data, first);
      assertEquals(answers.at(-1)?.data, last);
      assertEquals(
        answers.at(-1)?.errors.length,
        query.includes("wrong") ? 2 : 0,
      );
    });
  }

  it("fails when nothing is pending under an id", async () => {
    const writer = new MultipartWriter();
    writer.appendJson({ data: {} });
    writer.appendJson({ incremental: [{ id: "1", data: { a: 1 } }] });
    await withServer((_request, response) => {
      response.writeHead(200, { "content-type": writer.contentType });
      pipeline(writer.stream(), response).catch(() => {}); // The client hangs up.
    }, async (url) => {
      const answers = ask(url, QUERY);
      await answers.next();
      await assertRejects(() => answers.next(), Error, '"1" is not pending');
    });
  });
});

describe("examples/graphql_incremental.ts", () => {
  it("shows an answer as it grows", async () => {
    await serve(async (url, slow) => {
      slow.open();
      const { exitCode, stdout, stderr } = await runExample([
        ...["deno", "run", "--no-prompt", "--no-check", "--allow-net"],
        ...[examplePath("graphql_incremental.ts"), url, QUERY],
      ]);
      assertEquals(exitCode, 0, stderr);
      const lines = stdout.trimEnd().split("\n");
      assertEquals(JSON.parse(lines.at(-1) ?? ""), LAST);
      assertEquals(lines.length > 1, true, stdout);
    });
  });
});

describe("ask() in Chromium", () => {
  it("gives what is there before the server has the rest", async () => {
    const script = await bundleText(
      `export { ask } from "./graphql_incremental.ts"`,
      examplePath(""),
    );
    await inFolder((folder) =>
      serve(async (url, slow) => {
        const browser = await launch({
          executablePath: pathOf(chromium),
          userDataDir: folder,
          args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
        });
        try {
          const page = await browser.newPage();
          await page.exposeFunction("openGate", () => slow.open());
          await page.goto(url);
          const answers = await page.evaluate(`(async () => {
              const source = new Blob([${JSON.stringify(script)}], {
                type: "text/javascript",
              });
              const { ask } = await import(URL.createObjectURL(source));
              const answers = [];
              for await (const answer of ask(${JSON.stringify(url)}, ${
            JSON.stringify(QUERY)
          })) {
                answers.push(structuredClone(answer));
                await openGate();
              }
              return answers;
            })()`);
          const all = Array.isArray(answers) ? answers : [];
          assertEquals([all[0], all.at(-1)], [FIRST, LAST]);
        } finally {
          await browser.close();
        }
      })
    );
  });
});
