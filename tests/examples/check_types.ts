import ts from "typescript";
import { dirname } from "node:path";

/** Checks the types of a project. Returns its files, and the errors. */
export function checkTypes(
  configPath: string,
): { fileNames: string[]; problems: string } {
  const { config } = ts.readConfigFile(configPath, ts.sys.readFile);
  const folder = dirname(configPath);
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    config,
    ts.sys,
    folder,
  );
  const program = ts.createProgram(fileNames, options);
  const problems = ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => folder,
    getNewLine: () => "\n",
  });
  return { fileNames, problems };
}
