import { Readable } from "node:stream";
import { serverCases } from "../form_cases.ts";
import { tellByBusboy } from "../harness/busboy.ts";
import { changes, keepsEncodings } from "../harness/differences.ts";
import { interop } from "../harness/interop.ts";
import { installedVersion } from "../harness/npm.ts";

interop({
  name: "busboy",
  hint: "Run npm install.",
  version: () => installedVersion("busboy"),
  reads: [{
    kinds: ["form-data"],
    also: serverCases,
    tells: ["type", "order"],
    read: ({ contentType, stream }) =>
      tellByBusboy(contentType, Readable.from(stream())),
    differs: {
      ...keepsEncodings,
      "an empty name": changes((part) => ({
        ...part,
        name: part.name || undefined,
      })),
    },
  }],
});
