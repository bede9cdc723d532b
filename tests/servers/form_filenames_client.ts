/** Prints the name that a runtime returns for a file that a form renames. */
import { MultipartWriter } from "@tributary/multipart/writer";

const form = new FormData();
form.append("a", new File(["Oslo"], "old.txt"), "new.txt");

function nameOf(value: FormDataEntryValue | null | undefined): string {
  return value instanceof File ? value.name : "";
}

const sent = (text: string) => /filename="(.*?)"/.exec(text)?.[1];
const body = await MultipartWriter.fromFormData(form).bytes();
let eachName = "";
form.forEach((value) => eachName = nameOf(value));

console.log(JSON.stringify({
  get: nameOf(form.get("a")),
  getAll: nameOf(form.getAll("a")[0]),
  entries: nameOf([...form.entries()][0]?.[1]),
  values: nameOf([...form.values()][0]),
  iterator: nameOf([...form][0]?.[1]),
  forEach: eachName,
  response: sent(await new Response(form).text()),
  fromFormData: sent(new TextDecoder().decode(body)),
}));
