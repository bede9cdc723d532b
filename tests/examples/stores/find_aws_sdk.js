/** Makes the example find the packages that are installed beside this file. */
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) =>
    next(
      specifier,
      specifier.startsWith("@aws-sdk/")
        ? { ...context, parentURL: import.meta.url }
        : context,
    ),
});
