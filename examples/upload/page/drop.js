/**
 * Makes an area accept dropped files.
 *
 * @param zone Gets the class `over` while files are held over the area.
 * @param area The element that accepts the files.
 * @param take Called with the drop's `DataTransfer`.
 */
export function dropZone(zone, area, take) {
  // Entering a child comes before leaving its parent, so this counts both.
  let depth = 0;
  const listen = (type, listener) =>
    area.addEventListener(type, (event) => {
      // A zone within a larger one comes first, and prevents the default.
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
  listen("drop", (event) => take(event.dataTransfer));
  // After a drop anywhere, no files are held over the area.
  addEventListener("drop", () => {
    depth = 0;
    zone.classList.remove("over");
  });
}

function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/**
 * Returns the files of a drop or of the clipboard, including those in folders.
 *
 * @param {DataTransfer} transfer It is empty once its event is over.
 * @returns Each file, its path in its folder, and whether it cannot be read.
 */
export async function filesOf(transfer) {
  const entries = [...transfer.items]
    .filter(({ kind }) => kind === "file")
    .map((item) => {
      // WebKit cannot read the entry of a file that a page has made.
      const entry = item.webkitGetAsEntry?.();
      return entry?.isDirectory ? entry : item.getAsFile();
    })
    .filter((entry) => entry !== null);
  const found = await Promise.all(entries.map((entry) => filesIn(entry)));
  return found.flat();
}

async function filesIn(entry) {
  if (entry instanceof File) return [{ file: entry, path: entry.name }];
  if (entry.isFile) {
    const path = entry.fullPath.slice(1);
    try {
      const file = await new Promise((resolve, reject) =>
        entry.file(resolve, reject)
      );
      return [{ file, path }];
    } catch {
      return [{ file: new File([], entry.name), path, isUnreadable: true }];
    }
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) { // A reader returns a hundred entries at a time.
    const some = await new Promise((resolve) =>
      reader.readEntries(resolve, () => resolve([]))
    );
    if (some.length === 0) return found;
    for (const one of some) found.push(...await filesIn(one));
  }
}
