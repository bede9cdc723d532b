// The last upload's bytes, as the server has kept them.
import { showBytes, showText, span } from "./bytes.js";
import { count, formatBytes } from "./format.js";

const PAUSE_MS = 1500;

const byId = (id) => document.getElementById(id);
let etag = "";

/** Shows the request that came last, whoever sent it. */
export function startRaw() {
  document.addEventListener("upload-ended", ask);
  document.addEventListener("visibilitychange", ask);
  poll();
}

async function poll() {
  for (;;) {
    await ask();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function ask() {
  if (document.hidden) return;
  try {
    const headers = { "if-none-match": etag };
    const response = await fetch("raw", { headers, cache: "no-store" });
    if (response.status !== 200) return;
    etag = response.headers.get("etag");
    show(await response.json());
  } catch {
    // The live picture says that the server is out of reach.
  }
}

function show(record) {
  byId("raw-none").hidden = record !== null;
  byId("bytes").hidden = record === null;
  if (record === null) return;
  const { request, boundary, pieces, received, status, problem } = record;
  const parts = pieces.filter(({ kind }) => kind === "head").length;
  const answer = status === 0 ? "on its way" : `answered with ${status}`;
  const summary = `${request.method} ${request.path}: ` +
    `${formatBytes(received)}, ${count(parts, "part")}, ${answer}`;
  if (byId("raw-summary").textContent !== summary) {
    byId("raw-summary").textContent = summary;
  }
  const shown = [requestHead(request, boundary)];
  let part = -1;
  for (const piece of pieces) {
    if (piece.kind === "head") part++;
    shown.push(showPiece(piece, part, boundary));
  }
  if (problem) shown.push(showProblem(problem));
  byId("bytes").replaceChildren(...shown);
}

function requestHead({ method, path, fields }, boundary) {
  const lines = [`${method} ${path}`].concat(
    fields.map(({ name, value }) => `${titled(name)}: ${value}`),
  );
  const pre = showText(lines.join("\n"), boundary);
  pre.querySelectorAll(".ending").forEach((ending) => ending.remove());
  return row("request", "request", "", pre);
}

function showPiece({ kind, offset, length, bytes }, part, boundary) {
  const array = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
  const shown = kind === "head" || kind === "delimiter"
    ? showText(new TextDecoder().decode(array), boundary)
    : showBytes(array, offset);
  const names = {
    delimiter: "boundary",
    head: `head of part ${part}`,
    body: `body of part ${part}`,
    epilogue: "epilogue",
    unread: "not read",
  };
  const element = row(kind, names[kind], offset.toLocaleString("en"), shown);
  if (length === 0) shown.append(span("ending", "empty"));
  if (length > array.length) {
    const more = `${(length - array.length).toLocaleString("en")} bytes more`;
    element.lastElementChild.append(span("more", more));
  }
  return element;
}

function showProblem({ code, message, offset }) {
  const text = document.createElement("p");
  text.textContent = `${message} (${code})`;
  return row("problem", "problem", offset.toLocaleString("en"), text);
}

/** One piece: what it is, where it begins, and its bytes. */
function row(kind, name, offset, shown) {
  const element = document.createElement("div");
  element.className = `piece ${kind}`;
  const rail = document.createElement("div");
  rail.className = "rail";
  rail.append(span("what", name), span("at", offset && `byte ${offset}`));
  const content = document.createElement("div");
  content.className = "content";
  content.append(shown);
  element.append(rail, content);
  return element;
}

function titled(name) {
  return name.replace(/\b\w/g, (letter) => letter.toUpperCase());
}
