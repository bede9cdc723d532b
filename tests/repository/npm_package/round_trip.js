/** A user's project that uses the package, on each runtime. */
import { MultipartReader, MultipartWriter } from "@tributary/multipart";
import { MultipartError } from "@tributary/multipart/reader";
import { webEntries } from "./web_entries.js";

/** The names whose exports differ between entries. */
export function differences(all) {
  const names = [...new Set(all.flatMap((entry) => Object.keys(entry)))];
  return names.filter((name) => {
    const exports = all.filter((entry) => name in entry)
      .map((entry) => entry[name]);
    return new Set(exports).size !== 1;
  });
}

/** Writes a form, reads it back, and returns what was read. */
export async function roundTrip() {
  const writer = new MultipartWriter("form-data");
  writer.append("Oslo", { name: "city" });
  writer.append(new Blob([new Uint8Array(100_000)]), {
    name: "map",
    filename: "map.bin",
  });
  const told = [];
  for await (const part of MultipartReader.from(writer.toResponse())) {
    told.push(`${part.name} ${(await part.bytes()).length}`);
  }
  const cut = (await writer.bytes()).subarray(0, -10);
  try {
    const { contentType } = writer;
    await new MultipartReader(cut, { contentType }).formData();
  } catch (error) {
    if (error instanceof MultipartError) told.push(error.code);
  }
  told.push(`${differences(Object.values(webEntries)).length} twice`);
  return told.join(", ");
}
