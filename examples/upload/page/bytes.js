/** Makes elements that show bytes, as text if possible, otherwise as hex. */
export function showBytes(bytes, offset) {
  const text = toText(bytes);
  return text === undefined ? hexDump(bytes, offset) : showText(text);
}

/** Shows a text with visible line endings, and highlights each `marked`. */
export function showText(text, marked = "") {
  const pre = document.createElement("pre");
  const pattern = marked === ""
    ? /(\r\n|\r|\n)/
    : new RegExp(`(\r\n|\r|\n|${RegExp.escape?.(marked) ?? escape(marked)})`);
  // Every second piece is a match of the pattern.
  text.split(pattern).forEach((piece, index) => {
    if (index % 2 === 0) {
      pre.append(piece);
    } else if (piece === marked) {
      pre.append(span("boundary", piece));
    } else {
      const name = piece.replace("\r", "CR").replace("\n", "LF");
      pre.append(span("ending", name), piece.includes("\n") ? "\n" : "");
    }
  });
  return pre;
}

export function span(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

/** Returns the bytes as text, if they are valid text. */
function toText(bytes) {
  try {
    // As a stream, since the last character may be cut off.
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes, { stream: true });
    // deno-lint-ignore no-control-regex
    return /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function hexDump(bytes, offset) {
  const pre = document.createElement("pre");
  pre.className = "hex";
  const width = matchMedia("(max-width: 44rem)").matches ? 8 : 16;
  for (let start = 0; start < bytes.length; start += width) {
    const row = bytes.subarray(start, start + width);
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
    const ascii = Array.from(
      row,
      (byte) => byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·",
    );
    pre.append(
      span("at", (offset + start).toString(16).padStart(8, "0")),
      `  ${hex.join(" ").padEnd(3 * width)} `,
      span("ascii", ascii.join("")),
      "\n",
    );
  }
  return pre;
}
