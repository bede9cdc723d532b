/** The contenders from elsewhere, each used in its fastest way. */
import { busboyPeers } from "./busboy.ts";
import type { Contender } from "../contender.ts";
import { formPeers } from "./forms.ts";
import { multipastaPeers } from "./multipasta.ts";
import { nativePeers } from "./native.ts";
import { remixPeers } from "./remix.ts";
import type { Tally, Upload } from "./upload.ts";

export const peerReaders: Contender<Upload, Tally>[] = [
  ...busboyPeers,
  ...remixPeers,
  ...multipastaPeers,
  ...formPeers,
  ...nativePeers,
];
