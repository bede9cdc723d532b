import axios from "axios";
import { platformForm, uploads } from "../harness/entries.ts";
import { interop } from "../harness/interop.ts";
import { installedVersion } from "../harness/npm.ts";

interop({
  name: "axios",
  hint: "Run npm install.",
  version: () => installedVersion("axios"),
  writes: uploads((url, entries) => axios.post(url, platformForm(entries))),
});
