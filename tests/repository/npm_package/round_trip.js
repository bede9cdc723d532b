/** What a user's project does with the package, wherever it runs. */
import { MultipartReader, MultipartWriter } from "@tributary/multipart";
import { MultipartError } from "@tributary/multipart/reader";
import * as halves from "@tributary/multipart/writer";

/** Writes a form, reads it back, and tells what came out. */
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
    await new MultipartReader(cut, { boundary: writer.boundary }).formData();
  } catch (error) {
    if (error instanceof MultipartError) told.push(error.code);
  }
  if (halves.MultipartWriter === MultipartWriter) told.push("one writer");
  return told.join(", ");
}
