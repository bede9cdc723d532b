/** A server that handles uploads in one way: `serve.ts <way>`. */
import process from "node:process";
import { frameworkWays } from "./frameworks.ts";
import { ownWays } from "./own.ts";
import { parserWays } from "./parsers.ts";

const ways = { ...ownWays, ...parserWays, ...frameworkWays };
const name = process.argv[2] ?? "";
const listen = ways[name];
if (!listen) throw new Error(`Cannot serve ${name}: the name is unknown`);
console.log(`Listening on ${await listen()}`);
