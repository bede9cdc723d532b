// Shows the pieces of a multipart as rows, each with its kind, position and
// bytes.
import { showBytes, showText, span } from "./bytes.js";

/**
 * Shows a run of bytes. Its `bytes` have one character below U+0100 per byte.
 */
export function showPiece({ kind, offset, length, bytes }, part, boundary) {
  const array = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
  const shown = /^(head|header|delimiter)$/.test(kind)
    ? showText(new TextDecoder().decode(array), boundary)
    : showBytes(array, offset);
  const names = {
    header: "header",
    preamble: "preamble",
    delimiter: "boundary",
    head: `head of part ${part}`,
    body: `body of part ${part}`,
    epilogue: "epilogue",
    unread: "not read",
  };
  const element = row(kind, names[kind], byte(offset), shown);
  if (length === 0) shown.append(span("ending", "empty"));
  if (length > array.length) {
    const more = `${(length - array.length).toLocaleString("en")} bytes more`;
    element.lastElementChild.append(span("more", more));
  }
  return element;
}

/** Shows an error and its position. */
export function showProblem({ code, message, offset }) {
  const text = document.createElement("p");
  text.textContent = `${message} (${code})`;
  return row("problem", "problem", byte(offset), text);
}

function byte(offset) {
  return `byte ${offset.toLocaleString("en")}`;
}

/** Shows one piece: its kind, its position, and its bytes. */
export function row(kind, name, at, shown) {
  const element = document.createElement("div");
  element.className = `piece ${kind}`;
  const rail = document.createElement("div");
  rail.className = "rail";
  rail.append(span("what", name), span("at", at));
  const content = document.createElement("div");
  content.className = "content";
  content.append(shown);
  element.append(rail, content);
  return element;
}
