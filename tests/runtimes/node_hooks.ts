/** With `node --import` of this file, Node runs the tests' sources directly. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { testNames } from "./names.ts";

const names = new Map(Object.entries(testNames("node")));

registerHooks({
  resolve(specifier, context, nextResolve) {
    const path = names.get(specifier);
    return nextResolve(path ? pathToFileURL(path).href : specifier, context);
  },
});
