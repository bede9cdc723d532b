import { spawn } from "node:child_process";
import process from "node:process";
import { end, whenListening } from "../driving/children.ts";
import { root } from "../runtimes/names.ts";
import type { SoakRuntime } from "./programs.ts";

/** Runs a runtime's server while `use` uses its URL. */
export async function withServer<T>(
  { name, command, args }: SoakRuntime,
  folder: string,
  use: (url: string) => Promise<T>,
): Promise<T> {
  if (command === undefined) throw new Error(`Cannot start ${name}: not found`);
  const program = `tests/soak/serve_${name}.ts`;
  const server = spawn(command, [...args, program, folder], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  });
  try {
    return await use(await whenListening(server));
  } finally {
    await end(server);
  }
}
