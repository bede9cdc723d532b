/**
 * Draws a digest: a bar for each byte, whose height and colour show its value.
 * Two files that differ in one bit look completely different.
 */
export function drawFingerprint(element, digest) {
  while (element.children.length < 32) {
    element.append(document.createElement("i"));
  }
  [...element.children].forEach((bar, index) => {
    const byte = parseInt(digest.slice(2 * index, 2 * index + 2), 16);
    bar.style.setProperty("--height", `${20 + 80 * (byte >> 4) / 15}%`);
    bar.style.setProperty("--shade", `${(byte & 15) / 15}`);
  });
}
