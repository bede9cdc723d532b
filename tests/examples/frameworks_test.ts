/** Every framework in examples/frameworks, with a client that sends a form. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";
import { isMeasured, measure } from "./framework_memory.ts";
import { apps, buildApp } from "./framework_apps.ts";
import {
  type Framework,
  frameworks,
  type RunningFramework,
} from "./frameworks.ts";
import { type Form, hangUp, sendForm, waitFor } from "./framework_client.ts";
import { checkTypes } from "./check_types.ts";
import { installFrameworks } from "./install_frameworks.ts";
import { examplePath } from "./running.ts";

const MiB = 1024 * 1024;

/** The forms that each framework refuses while 20 MB are still to come. */
const refused: [what: string, form: Form, status: number, message: RegExp][] = [
  ["a field that is too long", { title: "x".repeat(300) }, 413, /title/],
  ["a file of another type", { type: "text/html" }, 415, /text\/html/],
  ["another multipart", { subtype: "mixed" }, 415, /multipart\/mixed/],
  ["a form that breaks off", { isCut: true }, 400, /ends/],
];

// They may take longer than the limit of a test.
test(
  "examples/frameworks can be installed",
  { timeout: 300_000 },
  installFrameworks,
);
for (const app of apps) {
  test(
    `examples/frameworks/apps/${app.folder} can be built`,
    { timeout: 300_000 },
    () => buildApp(app),
  );
}

const titleOf = ({ name, runtime, file }: Framework) =>
  `examples/frameworks/${file}: ${name} on ${runtime}`;

for (const framework of frameworks) {
  describe(titleOf(framework), () => {
    it("saves forms, and answers what it refuses", async () => {
      await framework.prepare();
      await framework.run(async (server) => {
        await assertRefuses(server);
        await assertChecksOrigin(framework, server);
        await assertSaves(framework, server);
        await assertForgets(framework, server);
        if (!isMeasured(framework)) return;
        const { status, body, grown } = await measure(server, {
          bytes: 256 * MiB,
        });
        assertEquals(status, 200, body);
        assert(grown < 128 * MiB, `It has grown by ${grown} bytes`);
      });
    });
  });
}

/** A client that sends all of a refused form still receives the response. */
async function assertRefuses({ url, stored }: RunningFramework): Promise<void> {
  for (const [what, form, status, message] of refused) {
    const answer = await sendForm(url, { ...form, bytes: 20_000_000 });
    assertEquals(answer.status, status, `${what}: ${answer.body}`);
    assertMatch(answer.body, message);
    assertEquals(await stored(), [], what);
  }
}

/**
 * The framework refuses a form from another site, or accepts it like any other.
 */
async function assertChecksOrigin(
  { checksOrigin = false }: Framework,
  { url, stored }: RunningFramework,
): Promise<void> {
  const origin = "https://another.example";
  const { status } = await sendForm(url, { bytes: MiB, origin });
  assertEquals(status, checksOrigin ? 403 : 200);
  assertEquals((await stored()).length, checksOrigin ? 0 : 1);
}

async function assertSaves(
  { runtime }: Framework,
  { url, stored }: RunningFramework,
): Promise<void> {
  const count = (await stored()).length;
  const bytes = 3 * MiB + 17;
  const answer = await sendForm(url, { bytes });
  assertEquals(answer.status, 200, answer.body);
  assertMatch(answer.body, /"title":"River"/);
  assertEquals((await stored()).length, count + 1);
  if (runtime === "Workers") return; // Its bucket stores only keys.
  assertMatch(
    answer.body,
    new RegExp(`"size":${bytes},"filename":"river.mp4"`),
  );
}

/** A client that hangs up leaves nothing behind, and the next is served. */
async function assertForgets(
  { runtime, holdsForm = false }: Framework,
  { url, stored }: RunningFramework,
): Promise<void> {
  const count = (await stored()).length;
  // The test cannot see what a framework holds, or an incomplete object of a
  // bucket.
  const isUnseen = holdsForm || runtime === "Workers";
  await hangUp(url, async () => isUnseen || (await stored()).length > count);
  await waitFor(async () => (await stored()).length === count);
  assertEquals((await sendForm(url, { bytes: MiB })).status, 200);
  assertEquals((await stored()).length, count + 1);
}

describe("examples/frameworks", () => {
  it("are all tried", () => {
    const cwd = examplePath("frameworks");
    const files = [
      ...globSync("*.ts", { cwd }),
      ...globSync("apps/*/{app,src}/**/{upload,route,+server}.ts", {
        cwd,
      }),
    ].map((path) => path.replaceAll("\\", "/")).sort();
    const tried = frameworks.map(({ file }) => file);
    // lambda_test.ts tests this one, with events.
    assertEquals(files, [...new Set([...tried, "lambda.ts"])].sort());
  });

  it("are the rows of docs/frameworks.md", () => {
    const page = readFileSync(examplePath("../docs/frameworks.md"), "utf8");
    const [examples = [], additions = []] = page.split("## What each adds")
      .map((part) =>
        [...part.matchAll(/^\| (?!-|framework )(.*) \|$/gm)]
          .map(([, row = ""]) => row.split("|").map((cell) => cell.trim()))
      );
    // lambda_test.ts has no server.
    const lambda = { name: "AWS Lambda", runtime: "Node", file: "lambda.ts" };
    const tried = [...frameworks, lambda];
    assertEquals(
      examples,
      tried.map(({ name, runtime, file }) => [
        name,
        runtime,
        `[${file}](../examples/frameworks/${file})`,
      ]),
    );
    assertEquals(
      additions.map(([row]) => row),
      tried.map(({ name, runtime }) => `${name} on ${runtime}`),
    );
  });

  it("fit the frameworks' types, with no cast", async () => {
    await installFrameworks();
    const config = examplePath("frameworks/tsconfig.json");
    const { fileNames, problems } = checkTypes(config);
    assertEquals(problems, "");
    const casts = fileNames.filter((file) => {
      const code = ts.sys.readFile(file)?.replace(/\/\/.*|\/\*[^]*?\*\//g, "");
      return / as (?!const\b)/.test(code ?? "");
    });
    assertEquals(casts, []);
  });
});
