/** Compiles programs that use `readForm`, with typical compiler options. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../runtimes/names.ts";

const path = join(root, "tests/repository/form_types/programs.ts");

function problems(exactOptionalPropertyTypes: boolean): string[] {
  const program = ts.createProgram([path], {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.Preserve,
    strict: true,
    exactOptionalPropertyTypes,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: ["node"],
  });
  const file = program.getSourceFile(path);
  // Only the program's errors count: users do not compile a library's sources
  // with their own options.
  return [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ].map(({ messageText, start = 0 }) => {
    const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
    return `${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

describe("the types of a form", () => {
  for (const isExact of [false, true]) {
    const how = isExact ? "with" : "without";
    it(`follow from its shape, ${how} exactOptionalPropertyTypes`, () => {
      assertEquals(problems(isExact), []);
    });
  }
});
