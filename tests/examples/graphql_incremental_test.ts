/** Answers of a real GraphQL server as they grow: on Deno, and in Chromium. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { createServer } from "node:http";
import process from "node:process";
import { useDeferStream } from "@graphql-yoga/plugin-defer-stream";
import { build } from "esbuild";
import { createSchema, createYoga } from "graphql-yoga";
import { launch } from "puppeteer-core";
import { ask } from "../../examples/graphql_incremental.ts";
import type { Answer } from "../../examples/graphql_patch.ts";
import { findChromium } from "../runtimes/chromium.ts";
import { examplePath, inFolder, runExample } from "./running.ts";

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

/** Runs a server whose slow fields wait until a gate is open. */
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
  const server = createServer(yoga);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  try {
    await use(`http://127.0.0.1:${port}/graphql`, slow);
  } finally {
    slow.open();
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }
}

const QUERY = "{ user { name ... @defer { friends { name } } } }";
const FIRST = { data: { user: { name: "Ada" } }, errors: [] };
const LAST = {
  data: {
    user: { name: "Ada", friends: [{ name: "Grace" }, { name: "Edsger" }] },
  },
  errors: [],
};

/** The answers as they were when they came; the gate opens behind the first. */
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

  it("gives the one answer to a query without @defer", async () => {
    assertEquals(await answersTo("{ user { name } }"), [
      FIRST,
    ]);
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

const executablePath = findChromium();
if (executablePath || process.env["CI"]) {
  describe("ask() in Chromium", () => {
    it("gives what is there before the server has the rest", async () => {
      const { outputFiles: [bundle] } = await build({
        stdin: {
          contents: `export { ask } from "./graphql_incremental.ts"`,
          resolveDir: examplePath(""),
        },
        tsconfigRaw: {},
        bundle: true,
        write: false,
        format: "esm",
        target: "esnext",
        logLevel: "silent",
      });
      await inFolder((folder) =>
        serve(async (url, slow) => {
          const browser = await launch({
            executablePath,
            userDataDir: folder,
            args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
          });
          try {
            const page = await browser.newPage();
            await page.exposeFunction("openGate", () => slow.open());
            await page.goto(url);
            const script = bundle?.text ?? "";
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
} else {
  console.log("SKIPPED GraphQL before Chromium: install Chromium.");
}
