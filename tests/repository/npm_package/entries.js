/** Every entry of the package. A test compares them with the manifest. */
import * as disk from "@tributary/multipart/disk";
import { webEntries } from "./web_entries.js";

export const entries = {
  ...webEntries,
  "@tributary/multipart/disk": disk,
};
