/** Every entry of the package: a test compares them with the manifest. */
import * as root from "@tributary/multipart";
import * as disk from "@tributary/multipart/disk";
import * as form from "@tributary/multipart/form";
import * as reader from "@tributary/multipart/reader";
import * as writer from "@tributary/multipart/writer";

export const entries = {
  "@tributary/multipart": root,
  "@tributary/multipart/disk": disk,
  "@tributary/multipart/form": form,
  "@tributary/multipart/reader": reader,
  "@tributary/multipart/writer": writer,
};
