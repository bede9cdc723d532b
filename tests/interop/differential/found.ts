/** Bodies that long runs found, shortened. Short runs rarely produce them. */
import type { Sample } from "../../fuzz/bodies.ts";

function form(...lines: string[]): Sample {
  return sample("--b", ...lines);
}

function sample(...lines: string[]): Sample {
  const text = lines.join("\r\n");
  return { text, options: { boundary: "b", profile: "form-data" } };
}

const field = 'Content-Disposition: form-data; name="a"';
const file = `${field}; filename="f"`;
const picture = `${field}; filename="f.png"`;
const last = ["", "x", "--b--", ""];

export const found: readonly Sample[] = [
  form(field, "A : b", ...last),
  form("Content-Disposition: form-data; name= a", ...last),
  form(field, "", "--b--", ""),
  form(field, "", "--b", field, ...last),
  sample("--b--", field, ...last),
  form(file, "", "\n--b", "", "--b--", ""),
  form(file, "Content-Type: text/plain; a/b; charset=utf-8", ...last),
  form(file, "Content-Type: text/plain; a=b=c", ...last),
  form(file, "Content-Type: text/plain; \xff", ...last),
  form(file, "Content-Type: text", ...last),
  form(file, "Content-Type: text/html", "Content-Type: text/css", ...last),
  form(file, "Content-Type: TEXT/css; A=b", ...last),
  form(picture, ...last),
  form(picture, "Content-Type: text/css", ...last),
  form(field, "", "\xef\xbb\xbfx", "--b--", ""),
  form(field, "", "\xff", "--b--", ""),
  form(`${field}; filename=f`, ...last),
  form(`${field}; filename="C:\\d\\f"`, ...last),
  form(`${field}; filename=" a  c "`, ...last),
  form(`${field}; filename="a;c=d"`, ...last),
];
