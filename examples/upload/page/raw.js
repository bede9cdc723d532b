// Shows the last upload's bytes, as the server has kept them.
import { showText } from "./bytes.js";
import { count, formatBytes } from "./format.js";
import { row, showPiece, showProblem } from "./pieces.js";

const PAUSE_MS = 1500;

const byId = (id) => document.getElementById(id);
let etag = "";

/** Shows the last request, whoever sent it. */
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
    // The live picture reports that the server is unreachable.
  }
}

function show(record) {
  byId("raw-none").hidden = record !== null;
  byId("bytes").hidden = record === null;
  if (record === null) return;
  const { request, boundary, pieces, received, problem } = record;
  const parts = pieces.filter(({ kind }) => kind === "head").length;
  const summary = `${request.method} ${request.path}: ` +
    `${formatBytes(received)}, ${count(parts, "part")}, ${outcome(record)}`;
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

function outcome({ status, isBroken }) {
  // A sender that has disconnected receives no response.
  if (isBroken) return "broken off by its sender";
  return status === 0 ? "on its way" : `answered with ${status}`;
}

function requestHead({ method, path, fields }, boundary) {
  const lines = [`${method} ${path}`].concat(
    fields.map(({ name, value }) => `${titled(name)}: ${value}`),
  );
  const pre = showText(lines.join("\n"), boundary);
  pre.querySelectorAll(".ending").forEach((ending) => ending.remove());
  return row("request", "request", "", pre);
}

function titled(name) {
  return name.replace(/\b\w/g, (letter) => letter.toUpperCase());
}
