/** The entries that run everywhere, even without a disk. */
import * as root from "@tributary/multipart";
import * as form from "@tributary/multipart/form";
import * as reader from "@tributary/multipart/reader";
import * as writer from "@tributary/multipart/writer";

export const webEntries = {
  "@tributary/multipart": root,
  "@tributary/multipart/form": form,
  "@tributary/multipart/reader": reader,
  "@tributary/multipart/writer": writer,
};
