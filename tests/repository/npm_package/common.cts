/** A CommonJS module of a project in TypeScript. */
import { MultipartReader, type PartReader } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";

export async function names(request: Request): Promise<(string | undefined)[]> {
  const found: PartReader[] = [];
  for await (const part of MultipartReader.from(request)) found.push(part);
  return found.map(({ name }) => name);
}

export const store = saveTo("uploads");
