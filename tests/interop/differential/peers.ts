/** Parsers of other languages, and from npm. */
import createBusboy from "busboy";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { latin1 } from "../../bytes.ts";
import { outputOf } from "../../driving/children.ts";
import { go, pathOf, python } from "../../driving/commands.ts";
import { makeFolder, removeFolder } from "../../driving/folders.ts";
import type { Sample } from "../../fuzz/bodies.ts";
import { byteString } from "../../fuzz/outcome.ts";
import type { Started } from "./comparison.ts";
import { LineProgram } from "./line_program.ts";
import { contentTypeOf } from "./programs/form_data.ts";
import { byteStringOf, type Told, type Verdict } from "./verdict.ts";

/** Builds and starts a program with Go's mime/multipart. */
export async function startGo(): Promise<Started> {
  const command = pathOf(go);
  const folder = await makeFolder();
  const binary = join(folder, "peer");
  const source = new URL("./programs/go/main.go", import.meta.url).pathname;
  if (await outputOf(command, "build", "-o", binary, source) === undefined) {
    throw new Error("Cannot build the program in Go");
  }
  const program = new LineProgram(binary);
  return {
    judge: program.judge,
    async stop() {
      await program.stop();
      await removeFolder(folder);
    },
  };
}

/** Starts a program with Python's email package. */
export function startPython(): Started {
  const source = new URL("./programs/email_peer.py", import.meta.url).pathname;
  return new LineProgram(pathOf(python), "-B", "-u", source);
}

/** Parses a form with busboy. */
export function busboy({ text, options }: Sample): Promise<Verdict> {
  return new Promise((resolve) => {
    const told: Promise<Told>[] = [];
    const settle = (verdict: Verdict) => {
      clearTimeout(timer);
      resolve(verdict);
    };
    const fail = (error: unknown) =>
      settle({ parts: [], error: String(error) });
    const succeed = (parts: Told[]) => settle({ parts, error: undefined });
    // For some bodies it reports neither the end nor an error.
    const timer = setTimeout(fail, 2000, "It does not end");
    try {
      const parser = createBusboy({
        headers: { "content-type": contentTypeOf(options.boundary) },
        defParamCharset: "utf8",
        preservePath: true,
        limits: { fieldSize: Infinity },
      });
      parser.on("field", (name: string, value: string) => {
        told.push(Promise.resolve({
          name: name ?? undefined,
          filename: undefined,
          content: byteStringOf(value),
        }));
      });
      parser.on(
        "file",
        (name: string, body: Readable, { filename }: { filename?: string }) => {
          const part = buffer(body).then((bytes) => ({
            name: name ?? undefined,
            filename: filename ?? "",
            content: byteString(bytes),
          }));
          // The form's error may come first, and then nothing awaits this
          // promise.
          part.catch(() => {});
          told.push(part);
        },
      );
      parser.on("error", fail);
      parser.on("close", () => Promise.all(told).then(succeed, fail));
      parser.end(latin1(text));
    } catch (error) {
      fail(error);
    }
  });
}
