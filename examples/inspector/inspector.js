// Shows what is in a multipart body, without a server.
import { count, formatBytes } from "../upload/page/format.js";
import { showPiece, showProblem } from "../upload/page/pieces.js";
import { analyse } from "./analyse.ts";
import { samples } from "./samples.js";

const MAX_SHOWN = 512;
const MAX_PIECES = 600;

const byId = (id) => document.getElementById(id);

/** The bytes of a file that was dropped; a text that is typed takes its place. */
let file;

byId("text").addEventListener("input", () => {
  file = undefined;
  inspect();
});
for (const id of ["boundary", "profile", "crlf"]) {
  byId(id).addEventListener("input", inspect);
}
byId("file").addEventListener("change", ({ target }) => open(target.files[0]));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  open(event.dataTransfer.files[0]);
});
for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", () => {
    byId("text").value = samples[button.dataset.sample];
    byId("boundary").value = "";
    byId("profile").value = "";
    file = undefined;
    inspect();
  });
}

async function open(chosen) {
  if (chosen === undefined) return;
  file = new Uint8Array(await chosen.arrayBuffer());
  byId("text").value = "";
  inspect();
}

/** The bytes to look at: a text area gives every line ending as LF. */
function input() {
  if (file !== undefined) return file;
  const text = byId("text").value;
  return new TextEncoder().encode(
    byId("crlf").checked ? text.replaceAll("\n", "\r\n") : text,
  );
}

function inspect() {
  const bytes = input();
  byId("result").hidden = bytes.length === 0;
  if (bytes.length === 0) return;
  try {
    show(
      bytes,
      analyse(bytes, {
        boundary: byId("boundary").value,
        profile: byId("profile").value || undefined,
      }),
    );
  } catch (error) {
    byId("summary").textContent = error.message;
    byId("parts").hidden = true;
    byId("bytes").replaceChildren();
  }
}

function show(bytes, { boundary, profile, pieces, parts, problem }) {
  const wrong = problem === undefined
    ? "no error"
    : `${problem.code} at byte ${problem.offset.toLocaleString("en")}`;
  byId("summary").textContent =
    `${formatBytes(bytes.length)}, ${count(parts.length, "part")}, ` +
    `boundary ${boundary}, read as ${profile}: ${wrong}`;
  byId("parts").hidden = parts.length === 0;
  byId("rows").replaceChildren(...parts.map(row));
  let part = -1;
  const shown = pieces.slice(0, MAX_PIECES).map(({ kind, offset, bytes }) => {
    if (kind === "head") part++;
    const piece = {
      kind,
      offset,
      length: bytes.length,
      bytes: Array.from(
        bytes.subarray(0, MAX_SHOWN),
        (byte) => String.fromCharCode(byte),
      ).join(""),
    };
    return showPiece(piece, part, boundary);
  });
  if (problem) shown.push(showProblem(problem));
  byId("bytes").replaceChildren(...shown);
}

function row({ path, head, size }) {
  const tr = document.createElement("tr");
  const encodings = [head.transferEncoding, head.contentEncoding]
    .filter(Boolean).join(", ");
  for (
    const text of [
      path.join("."),
      head.name ?? "",
      head.filename ?? "",
      head.mediaType + (head.charset ? `; ${head.charset}` : ""),
      encodings || "none",
      size.toLocaleString("en"),
    ]
  ) {
    const td = document.createElement("td");
    td.textContent = text;
    tr.append(td);
  }
  return tr;
}
