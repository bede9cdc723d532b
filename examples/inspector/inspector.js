// Shows what is in a multipart body, without a server.
import { showBytes, span } from "../upload/page/bytes.js";
import { dropZone } from "../upload/page/drop.js";
import { count, formatBytes } from "../upload/page/format.js";
import { row, showPiece, showProblem } from "../upload/page/pieces.js";
import { analyse } from "./analyse.ts";
import { decode, MAX_DECODED } from "./decode.ts";
import { samples } from "./samples.js";

const MAX_FILE = 64 * 1024 * 1024;
const MAX_SHOWN = 512;
const MAX_PIECES = 600;
const MAX_PARTS = 200;

const byId = (id) => document.getElementById(id);

/** The bytes of an opened file. Typing a text replaces them. */
let file;
/**
 * The number of inputs so far: decoding may end after the next input was shown.
 */
let looks = 0;

byId("text").addEventListener("input", () => close());
for (const id of ["boundary", "profile", "crlf"]) {
  byId(id).addEventListener("input", inspect);
}
byId("file").addEventListener("change", async ({ target }) => {
  await open(target.files[0]);
  target.value = ""; // So that the same file can be chosen again.
});
byId("close").addEventListener("click", () => {
  close();
  byId("text").focus();
});
dropZone(byId("input"), window, ({ files }) => open(files[0]));
// A text field handles pasted text itself, but not files.
addEventListener("paste", (event) => {
  const [pasted] = event.clipboardData.files;
  if (pasted === undefined) return;
  event.preventDefault();
  open(pasted);
});
for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", () => {
    byId("text").value = samples[button.dataset.sample];
    byId("boundary").value = "";
    byId("profile").value = "";
    byId("crlf").checked = true;
    close();
  });
}

async function open(chosen) {
  if (chosen === undefined) return;
  const { name, size } = chosen;
  byId("opened-name").textContent = name;
  byId("opened-size").textContent = size > MAX_FILE
    ? `${formatBytes(size)}, of which the first ${
      formatBytes(MAX_FILE)
    } are read`
    : formatBytes(size);
  try {
    file = new Uint8Array(await chosen.slice(0, MAX_FILE).arrayBuffer());
  } catch {
    file = new Uint8Array();
    byId("opened-size").textContent =
      "cannot be read: it may be a folder, or have moved";
  }
  byId("text").value = "";
  showOpened();
  inspect();
}

function close() {
  file = undefined;
  showOpened();
  inspect();
}

function showOpened() {
  byId("opened").hidden = file === undefined;
  byId("text").hidden = file !== undefined;
  byId("crlf").disabled = file !== undefined;
}

/**
 * Returns the bytes to analyse. A text area turns every line ending into LF.
 */
function input() {
  if (file !== undefined) return file;
  const text = byId("text").value;
  return new TextEncoder().encode(
    byId("crlf").checked ? text.replaceAll("\n", "\r\n") : text,
  );
}

function inspect() {
  looks++;
  const bytes = input();
  byId("result").hidden = bytes.length === 0;
  byId("decoded").hidden = true;
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
    byId("summary").textContent = formatBytes(bytes.length);
    showVerdict(error.message, true);
    byId("parts").hidden = true;
    byId("bytes").hidden = true;
  }
}

function show(bytes, { boundary, profile, pieces, parts, problem }) {
  byId("summary").textContent =
    `${formatBytes(bytes.length)}, ${count(parts.length, "part")}, ` +
    `boundary ${boundary}, read as ${profile}`;
  showVerdict(
    problem === undefined
      ? "No error"
      : `${problem.code} at byte ${problem.offset.toLocaleString("en")}`,
    problem !== undefined,
  );
  byId("parts").hidden = parts.length === 0;
  byId("rows").replaceChildren(...parts.slice(0, MAX_PARTS).map(tableRow));
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
  const left = pieces.length - shown.length;
  if (left > 0) {
    shown.push(row("request", `${count(left, "piece")} more`, "", ""));
  }
  if (problem) shown.push(showProblem(problem));
  byId("bytes").hidden = false;
  byId("bytes").replaceChildren(...shown);
  showDecoded(parts.slice(0, MAX_PARTS), profile);
}

function showVerdict(text, isWrong) {
  byId("verdict").textContent = text;
  byId("verdict").classList.toggle("wrong", isWrong);
}

function tableRow({ path, head, body }) {
  const tr = document.createElement("tr");
  const encodings = [head.transferEncoding, head.contentEncoding]
    .filter(Boolean).join(", ");
  const cells = {
    Part: path.join("."),
    Name: head.name ?? "",
    Filename: head.filename ?? "",
    Type: head.mediaType + (head.charset ? `; ${head.charset}` : ""),
    Encoding: encodings || "none",
    Bytes: body.length.toLocaleString("en"),
  };
  for (const [label, text] of Object.entries(cells)) {
    const td = document.createElement("td");
    td.dataset.label = label;
    td.textContent = text;
    tr.append(td);
  }
  return tr;
}

/** Shows the encoded bodies in decoded form. */
async function showDecoded(parts, profile) {
  const look = looks;
  const rows = [];
  for (const part of parts) {
    const decoded = await decode(part);
    if (look !== looks) return;
    if (decoded !== undefined) rows.push(decodedRow(part, decoded));
  }
  byId("decoded").hidden = rows.length === 0;
  byId("decoded-note").textContent = profile === "form-data"
    ? "The Fetch Standard ignores these encodings in a form: a reader undoes " +
      "them only with decode: true."
    : "The bodies without their Content-Transfer-Encoding and Content-Encoding.";
  byId("decoded-bytes").replaceChildren(...rows);
}

function decodedRow({ path, head }, { encodings, bytes, isWhole, problem }) {
  const first = bytes.subarray(0, MAX_SHOWN);
  const shown = showBytes(readable(first, head), 0);
  if (bytes.length === 0) shown.append(span("ending", "empty"));
  const size = isWhole || problem
    ? formatBytes(bytes.length)
    : `more than ${formatBytes(MAX_DECODED)}`;
  const element = row(
    "body",
    `part ${path.join(".")}`,
    `from ${encodings}: ${size}`,
    shown,
  );
  const content = element.lastElementChild;
  const more = bytes.length - first.length;
  if (more > 0) {
    const text = `${more.toLocaleString("en")}${isWhole ? "" : " or more"}`;
    content.append(span("more", `${text} bytes more`));
  }
  if (problem) {
    const text = `${problem.message} (${problem.code})`;
    content.append(span("wrong", text));
  }
  return element;
}

/**
 * Converts text in its own charset to UTF-8. Other bytes are returned
 * unchanged.
 */
function readable(bytes, { mediaType, charset }) {
  if (!mediaType.startsWith("text/") || !charset) return bytes;
  try {
    const text = new TextDecoder(charset).decode(bytes, { stream: true });
    return new TextEncoder().encode(text);
  } catch {
    return bytes; // This browser does not support the charset.
  }
}
