// Each file has its own request, so that each has its own progress and result.
import { dropZone, filesOf } from "./drop.js";
import { Upload } from "./upload.js";

const MAX_AT_ONCE = 3;

const byId = (id) => document.getElementById(id);
const waiting = [];
const counts = { running: 0, done: 0, failed: 0 };

/** Makes the form and the whole page accept files. */
export function startUploads() {
  for (const picker of [byId("picker"), byId("folder")]) {
    picker.addEventListener("change", () => {
      addAll([...picker.files].map((file) => ({
        file,
        path: file.webkitRelativePath || file.name,
      })));
      picker.value = ""; // So that the same file can be chosen again.
    });
  }

  // Prevents Enter in the note from sending the form: without a chosen file,
  // there is nothing to send.
  byId("form").addEventListener("submit", (event) => event.preventDefault());

  // A file dropped outside the area would replace the page.
  dropZone(
    byId("drop"),
    window,
    async (transfer) => addAll(await filesOf(transfer)),
  );
  document.addEventListener("paste", paste);

  addEventListener("beforeunload", (event) => {
    if (counts.running + waiting.length > 0) event.preventDefault();
  });
}

/** Uploads the files in the clipboard, unless they are pasted into a field. */
async function paste(event) {
  if (event.target instanceof Element && event.target.closest("input")) return;
  const { clipboardData } = event;
  const text = clipboardData.getData("text/plain");
  const files = await filesOf(clipboardData);
  if (files.length > 0) return addAll(files);
  if (text === "") return;
  const file = new File([text], "pasted.txt", { type: "text/plain" });
  addAll([{ file, path: file.name }]);
}

/** Queues files, each with its path in its folder. */
function addAll(files) {
  const note = byId("note").value;
  for (const { file, path, isUnreadable = false } of files) {
    const upload = new Upload(file, path, note, queue);
    byId("rows").append(upload.row);
    if (isUnreadable) {
      counts.running++; // As if it had started: end() decrements it.
      upload.refuse();
    } else {
      waiting.push(upload);
    }
  }
  byId("uploads").hidden = byId("rows").children.length === 0;
  startWaiting();
}

/** The callbacks of an upload. */
const queue = {
  /** The upload is to be retried. */
  add(upload) {
    counts.failed--;
    waiting.push(upload);
    startWaiting();
  },
  /** The upload ended before it started. */
  drop(upload) {
    waiting.splice(waiting.indexOf(upload), 1);
    counts.running++; // As if it had started: end() decrements it.
  },
  /** The upload has ended, as "done" or "failed". */
  end(state) {
    counts.running--;
    counts[state]++;
    startWaiting();
    document.dispatchEvent(new Event("upload-ended"));
  },
};

function startWaiting() {
  while (counts.running < MAX_AT_ONCE && waiting.length > 0) {
    counts.running++;
    waiting.shift().start();
  }
  showStatus();
}

function showStatus() {
  const { running, done, failed } = counts;
  const left = running + waiting.length;
  const said = [];
  if (left > 0) said.push(`${left} on the way`);
  if (done > 0) said.push(`${done} stored`);
  if (failed > 0) said.push(`${failed} failed`);
  const text = said.join(", ");
  // Sets it only when it changes, since screen readers announce each change.
  if (byId("status").textContent !== text) byId("status").textContent = text;
}
