/** The entries that run everywhere, without a disk too. */
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
