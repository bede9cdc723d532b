import type { Contender } from "../contender.ts";
import { loadPeer } from "../load_peer.ts";
import {
  addText,
  emptyTally,
  streamOf,
  type Tally,
  type Upload,
} from "./upload.ts";

interface UndiciModule {
  readonly Response: typeof Response;
}

async function read(
  makeResponse: typeof Response,
  upload: Upload,
): Promise<Tally> {
  const tally = emptyTally();
  const response = new makeResponse(streamOf(upload), {
    headers: { "content-type": upload.contentType },
  });
  for (const [name, value] of await response.formData()) {
    if (typeof value === "string") {
      addText(tally, name, value);
    } else {
      tally.names.push(name);
      tally.sizes.push(value.size);
    }
  }
  return tally;
}

function accepts({ contentType, reading }: Upload): boolean {
  return contentType.startsWith("multipart/form-data") &&
    (reading === "size" || reading === "text");
}

export const nativePeers: Contender<Upload, Tally>[] = [
  {
    name: "undici",
    family: "undici",
    source: "stream",
    accepts,
    async load() {
      const { Response } = await loadPeer<UndiciModule>("undici");
      return (upload) => read(Response, upload);
    },
  },
  {
    name: "native formData()",
    family: "native",
    source: "stream",
    accepts,
    load: () => Promise.resolve((upload) => read(Response, upload)),
  },
];
