/**
 * Accepts files in a GraphQL mutation, by the multipart request specification.
 * Each file streams to its resolver, without being buffered:
 * `deno serve --config=deno.json --host=127.0.0.1 --allow-env examples/graphql_upload.ts`,
 * then
 * `curl http://localhost:8000/ -F operations='{"query":"mutation($f:Upload!){sha256(file:$f)}","variables":{"f":null}}'
 * -F map='{"0":["variables.f"]}' -F 0=@cat.jpg`.
 *
 * A page of another site can send such a form too. It is refused because
 * browsers send the site that a request comes from.
 */
import { createHash } from "node:crypto";
import {
  MultipartError,
  MultipartReader,
  type PartReader,
} from "@tributary/multipart";
import { buildSchema, graphql } from "graphql";
import { type Operations, type PendingUpload, place } from "./graphql_files.ts";

// `operations` and `map` are buffered. Files are not.
const limits = { parts: 20, bufferedBytes: 256 * 1024 };

/**
 * Reads `operations` and `map`, and executes while the files arrive.
 *
 * Each file waits for its resolver. A file that no resolver has opened is
 * skipped once a later one is opened. After the execution has ended, the rest
 * is not read.
 *
 * @param execute Executes the operations, in which the files are uploads.
 * @throws {MultipartError} If the request is not such a form.
 */
export async function executeUpload<T>(
  request: Request,
  execute: (operations: Operations) => Promise<T>,
): Promise<T> {
  await using reader = MultipartReader.from(request, { limits });
  const operations = await readJson<Operations>(reader, "operations");
  const map = await readJson<Record<string, string[]>>(reader, "map");
  const uploads = place(map, operations);
  let hasEnded = false;
  const execution = execute(operations).finally(() => hasEnded = true);
  execution.catch(() => {}); // It is awaited below.
  try {
    while (uploads.size > 0) {
      // Nothing is read before a resolver wants a file, so nothing is buffered.
      const waiting = [...uploads.values()].map(({ wanted }) => wanted);
      await Promise.race([execution, ...waiting]).catch(() => {});
      if (hasEnded) break;
      const { value: part } = await reader.next();
      if (part === undefined) break;
      const upload = uploads.get(part.name ?? "");
      if (upload === undefined) continue; // No operation uses it.
      uploads.delete(upload.name);
      upload.deliver(part);
      if (!upload.isWanted) continue;
      await Promise.race([part.finished, execution]).catch(() => {});
    }
  } catch (error) {
    for (const upload of uploads.values()) upload.fail(error);
    await execution.catch(() => {});
    throw error; // The error is the request's, not a resolver's.
  }
  for (const upload of uploads.values()) upload.fail();
  return await execution;
}

async function readJson<T extends object>(
  reader: MultipartReader,
  name: string,
): Promise<T> {
  const { value: part } = await reader.next();
  const value = part?.name === name ? await part.json<T | null>() : null;
  if (typeof value === "object" && value !== null) return value;
  throw new MultipartError(
    "missing-part",
    `Cannot read the operations: send ${name} as JSON before the files`,
    { partName: name },
  );
}

const schema = buildSchema(`
  scalar Upload
  type Query { hello: String! }
  type Mutation {
    sha256(file: Upload!): String!
    sizes(files: [Upload!]!): [Int!]!
    ignore(file: Upload!): Boolean!
  }
`);

const resolvers = {
  hello: () => "Send a mutation with a file",
  async sha256({ file }: { file: PendingUpload }): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of await file.open()) hash.update(chunk);
    return hash.digest("hex");
  },
  sizes: ({ files }: { files: PendingUpload[] }): Promise<number[]> =>
    Promise.all(files.map(async (file) => await sizeOf(await file.open()))),
  ignore: () => true,
};

async function sizeOf(part: PartReader): Promise<number> {
  let size = 0;
  for await (const chunk of part) size += chunk.length;
  return size;
}

/** The server for `deno serve`, Bun and Workers. */
export default {
  hostname: "127.0.0.1", // By default, Bun listens on all interfaces.
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("sec-fetch-site") === "cross-site") {
      return new Response("Cannot take a form of another site\n", {
        status: 403,
      });
    }
    try {
      const answer = await executeUpload(
        request,
        ({ query, variables, operationName }) =>
          graphql({
            schema,
            source: query,
            rootValue: resolvers,
            variableValues: variables,
            operationName,
          }),
      );
      return Response.json(answer);
    } catch (error) {
      // The library's errors have a status for the response.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot execute a request:", error);
      return new Response("The request failed\n", { status: 500 });
    }
  },
};
