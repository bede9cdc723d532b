/**
 * Lets go of files over `zone`, or an area around it, and `take` gets them.
 *
 * @param zone Takes the class `over` while files are held above the area.
 * @param area What takes the files.
 * @param take Called with them.
 */
export function dropZone(zone, area, take) {
  // Entering a child comes before leaving its parent, so count both.
  let depth = 0;
  const listen = (type, listener) =>
    area.addEventListener(type, (event) => {
      // A zone within a larger one comes first, and leaves the other nothing.
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      listener(event);
    });
  listen("dragenter", () => zone.classList.toggle("over", ++depth > 0));
  area.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    zone.classList.toggle("over", depth > 0);
  });
  listen("dragover", (event) => event.dataTransfer.dropEffect = "copy");
  listen("drop", (event) => {
    take([...event.dataTransfer.files]);
  });
  // Wherever the files went, they are held above nothing any more.
  addEventListener("drop", () => {
    depth = 0;
    zone.classList.remove("over");
  });
}

function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
