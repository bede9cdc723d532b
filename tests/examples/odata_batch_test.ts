/** OData batches: with SAP's mock server, and with Olingo's client. */
import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fetchListener } from "../../examples/fetch_listener.ts";
import {
  answerBatch,
  type Operation,
  sendBatch,
  type Step,
} from "../../examples/odata_batch.ts";
import { untilEnd } from "../driving/children.ts";
import { shared } from "../driving/shared.ts";
import { withServer } from "../driving/servers.ts";
import { root } from "../runtimes/names.ts";
import { installPackages } from "./install_packages.ts";
import { runtimeCommand, startExample } from "./running.ts";

const packages = join(root, "tests/examples/protocols");
const JSON_TYPE = { "content-type": "application/json" };

/** An operation that writes a river. */
function write(method: string, url: string, river: unknown): Operation {
  const headers = JSON_TYPE;
  return { method, url, headers, body: JSON.stringify(river) };
}

/** Sends steps. Returns each response's status, and its value if it has one. */
async function send(service: string, steps: Step[]): Promise<unknown[]> {
  const told: unknown[] = [];
  const tell = async (response: Response) => {
    const text = await response.text();
    const body = text.startsWith("{") ? JSON.parse(text) : undefined;
    const { value = body?.Name } = body ?? {};
    return value === undefined ? response.status : [response.status, value];
  };
  for await (const answer of sendBatch(service, steps)) {
    told.push(
      Array.isArray(answer)
        ? { done: await Promise.all(answer.map(tell)) }
        : await tell(answer),
    );
  }
  return told;
}

describe("examples/odata_batch.ts and SAP's mock server", () => {
  const server = shared(async () => {
    await installPackages(packages, "SAP's mock server");
    return await startExample(["node", join(packages, "odata_server.js")]);
  }, (running) => running.close());

  it("gets the answer to each operation and to each changeset", async () => {
    const get = (url: string) => ({ method: "GET", url });
    const { url } = await server();
    assertEquals(
      await send(`${url}odata/`, [
        get("Rivers"),
        [
          { ...write("POST", "Rivers", { Id: 2, Name: "Lågen" }), id: "1" },
          { ...write("PATCH", "Rivers(1)", { Name: "Glåma" }), id: "2" },
        ],
        get("Rivers"),
        get("Rivers(9)"),
        [{ method: "DELETE", url: "Rivers(2)", id: "1" }],
        [write("PATCH", "Rivers(9)", { Name: "none" })],
        get("Rivers"),
      ]),
      [
        [200, [{ Id: 1, Name: "Glomma" }]],
        { done: [[201, "Lågen"], [200, "Glåma"]] },
        [200, [{ Id: 1, Name: "Glåma" }, { Id: 2, Name: "Lågen" }]],
        404,
        { done: [204] },
        404,
        [200, [{ Id: 1, Name: "Glåma" }]],
      ],
    );
    await assertRejects(() => send(`${url}nowhere/`, []), Error, "404");
  });
});

/**
 * A service of rivers, which records the operations that it was asked to do.
 */
function rivers() {
  const asked: unknown[] = [];
  const run = async (operations: Operation[]): Promise<Response[]> => {
    const responses: Response[] = [];
    for (const { method, url, id, headers, body } of operations) {
      const { length } = await new Response(body).bytes();
      const type = new Headers(headers).get("content-type");
      asked.push([method, url, id, type, length]);
      if (url.endsWith("(9)")) return [new Response(null, { status: 404 })];
      responses.push(
        method === "GET"
          ? Response.json({ "@odata.context": "$metadata#Rivers", value: [] })
          : new Response(null, { status: 204 }),
      );
    }
    return responses;
  };
  const handle = (request: Request) => answerBatch(request, run);
  return { asked, handle };
}

describe("answerBatch() of examples/odata_batch.ts", () => {
  it("answers Apache Olingo's client", async () => {
    await installPackages(packages, "Apache Olingo's client");
    const { asked, handle } = rivers();
    await withServer(fetchListener(handle), async (url) => {
      const client = join(packages, "odata_client.js");
      const child = spawn(runtimeCommand("node"), [client, url]);
      const json = { "Content-Type": "application/json" };
      const change = (method: string, requestUri: string, data?: unknown) => ({
        ...{ method, requestUri, data, headers: data ? json : {} },
      });
      child.stdin.end(JSON.stringify({
        __batchRequests: [
          { method: "GET", requestUri: "Rivers" },
          {
            __changeRequests: [
              change("POST", "Rivers", { Name: "Lågen" }),
              change("DELETE", "Rivers(1)"),
            ],
          },
          { __changeRequests: [change("DELETE", "Rivers(9)")] },
          { method: "GET", requestUri: "Rivers" },
        ],
      }));
      const { exitCode, stdout, stderr } = await untilEnd(child);
      assertEquals(exitCode, 0, stderr);
      // deno-lint-ignore no-explicit-any
      const [read, changed, failed, ...others]: any[] = JSON.parse(stdout);
      assertEquals([read.statusCode, read.data.value], ["200", []]);
      assertEquals(
        // deno-lint-ignore no-explicit-any
        changed.__changeResponses.map((response: any) => response.statusCode),
        ["204", "204"],
      );
      assertEquals(failed.response.statusCode, "404");
      // The steps after a failed step are not executed.
      assertEquals(others, []);
    });
    const type = "application/json";
    assertEquals(asked, [
      ["GET", "Rivers", undefined, null, 0],
      ["POST", "Rivers", undefined, type, '{"Name":"Lågen"}'.length + 1],
      ["DELETE", "Rivers(1)", undefined, null, 0],
      ["DELETE", "Rivers(9)", undefined, null, 0],
    ]);
  });

  const steps: Step[] = [
    [
      { ...write("POST", "Rivers", {}), id: "1" },
      { ...write("POST", "$1/Towns", {}), id: "2" },
    ],
    { method: "DELETE", url: "Rivers(9)" },
    { method: "GET", url: "Rivers" },
  ];

  it("answers its own client, up to the step that fails", async () => {
    const { asked, handle } = rivers();
    await withServer(fetchListener(handle), async (url) => {
      assertEquals(await send(url, steps), [{ done: [204, 204] }, 404]);
    });
    assertEquals(asked.slice(0, 2), [
      ["POST", "Rivers", "1", "application/json", 2],
      ["POST", "$1/Towns", "2", "application/json", 2],
    ]);
  });

  it("goes on behind an error where the client prefers that", async () => {
    const preferences = {
      "continue-on-error": [204, 204, 404, 200],
      "odata.continue-on-error=true": [204, 204, 404, 200],
      "continue-on-error=false": [204, 204, 404],
    };
    for (const [prefer, expected] of Object.entries(preferences)) {
      const { handle } = rivers();
      const listener = fetchListener((request) => {
        const headers = new Headers(request.headers);
        headers.set("prefer", prefer);
        return handle(new Request(request, { headers }));
      });
      await withServer(listener, async (url) => {
        const statuses: number[] = [];
        for await (const answer of sendBatch(url, steps)) {
          statuses.push(...[answer].flat().map(({ status }) => status));
        }
        assertEquals(statuses, expected, prefer);
      });
    }
  });
});
