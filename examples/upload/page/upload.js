// One request for each file, so that each has its own progress and its own
// fate; fetch() cannot tell how far an upload has come, XMLHttpRequest can.

const MAX_AT_ONCE = 3;

// The server's error codes in plain words; its own message is shown below them.
const REASONS = {
  "aborted": "Cancelled",
  "body-too-large": "Too large",
  "part-too-large": "Too large",
  "header-too-large": "The file’s name is too long",
  "not-stored": "The server could not store it",
  "cross-site": "The server does not take uploads from this page",
  "truncated": "The file broke off on its way",
  "unreachable": "The connection was lost",
  "unreadable": "The file cannot be read",
};

const byId = (id) => document.getElementById(id);
const form = byId("form");
const picker = byId("picker");
const drop = byId("drop");
const rows = byId("rows");

const waiting = [];
const counts = { running: 0, done: 0, failed: 0 };

byId("address").textContent = new URL("upload", location.href).href;

picker.addEventListener("change", () => {
  addAll([...picker.files]);
  picker.value = ""; // So that the same file can be chosen again.
});

// Without the script, Enter in the note would send the form; with it there is
// nothing to send until a file is chosen.
form.addEventListener("submit", (event) => event.preventDefault());

// The whole page takes files: one dropped beside the area would replace the page.
let depth = 0;
addEventListener("dragenter", (event) => {
  if (hasFiles(event)) drop.classList.toggle("over", ++depth > 0);
});
addEventListener("dragleave", (event) => {
  if (hasFiles(event)) drop.classList.toggle("over", --depth > 0);
});
addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
});
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  drop.classList.remove("over");
  addAll([...event.dataTransfer.files]);
});

addEventListener("beforeunload", (event) => {
  if (counts.running + waiting.length > 0) event.preventDefault();
});

function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function addAll(files) {
  const note = byId("note").value;
  for (const file of files) waiting.push(new Upload(file, note));
  byId("uploads").hidden = rows.children.length === 0;
  startWaiting();
}

function startWaiting() {
  while (counts.running < MAX_AT_ONCE && waiting.length > 0) {
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
  // Written only when it changes, since each writing is read aloud.
  if (byId("status").textContent !== text) byId("status").textContent = text;
}

/** One file: its row in the table and its request. */
class Upload {
  #file;
  #note;
  #request;
  #row = byId("row").content.cloneNode(true).firstElementChild;
  #find = (name) => this.#row.querySelector(name);
  #action = this.#find(".action");
  #startedAt = 0;

  constructor(file, note) {
    this.#file = file;
    this.#note = note;
    this.#find(".name").textContent = file.name;
    this.#showType(file.type);
    this.#find(".size").textContent = formatBytes(file.size);
    this.#find("progress").ariaLabel = `Upload of ${file.name}`;
    this.#action.addEventListener("click", () => this.#act());
    this.#wait();
    rows.append(this.#row);
  }

  start() {
    counts.running++;
    this.#startedAt = performance.now();
    this.#say("Starting");
    const body = new FormData();
    body.append("note", this.#note);
    body.append("file", this.#file);

    const request = this.#request = new XMLHttpRequest();
    request.responseType = "json";
    request.upload.onprogress = (event) => this.#progress(event);
    request.onload = () => this.#answered(request);
    request.onabort = () => this.#fail("aborted");
    request.onerror = () => this.#fail();
    request.open("POST", "upload");
    request.send(body);
  }

  #wait() {
    this.#row.className = "";
    this.#find("progress").value = 0;
    this.#find(".detail").hidden = true;
    this.#say("Waiting");
    this.#offer("Cancel");
  }

  #act() {
    if (this.#row.className === "failed") {
      counts.failed--;
      this.#wait();
      waiting.push(this);
      startWaiting();
    } else if (this.#request) {
      this.#request.abort();
    } else {
      waiting.splice(waiting.indexOf(this), 1);
      counts.running++; // As if it had begun; #end() counts it off.
      this.#fail("aborted");
    }
  }

  #progress({ loaded, total }) {
    const share = total > 0 ? loaded / total : 1;
    this.#find("progress").value = share;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const speed = seconds > 0.5 ? `, ${formatBytes(loaded / seconds)}/s` : "";
    this.#say(share < 1 ? `${Math.floor(share * 100)}%${speed}` : "Finishing");
  }

  #answered({ status, response }) {
    const file = response?.files?.[0];
    if (file === undefined) {
      this.#fail(
        response?.error?.code ?? `status ${status}`,
        response?.error?.message,
      );
      return;
    }
    this.#find("progress").value = 1;
    this.#showType(file.type);
    this.#find(".size").textContent = formatBytes(file.size);
    this.#find(".size").title = `${file.size.toLocaleString()} bytes`;
    this.#find(".sha256").textContent = file.sha256;
    this.#find(".stored").textContent = file.stored;
    this.#end("done", "Stored");
    this.#action.hidden = true;
  }

  /** A request that failed without an answer does not say why; the file may. */
  async #fail(code, message) {
    if (code === undefined) {
      const readable = await this.#file.slice(0, 1).arrayBuffer().then(
        () => true,
        () => false,
      );
      code = readable ? "unreachable" : "unreadable";
      message = readable
        ? "The server could not be reached, or went away."
        : "It may be a folder, or have changed or moved since it was chosen.";
    }
    if (message !== undefined) {
      this.#find(".detail").textContent = `${message} (${code})`;
      this.#find(".detail").hidden = false;
    }
    this.#end("failed", REASONS[code] ?? "The server refused it");
    this.#offer("Retry");
  }

  #end(state, text) {
    this.#request = undefined;
    this.#row.className = state;
    this.#say(text);
    counts.running--;
    counts[state]++;
    startWaiting();
  }

  /** Lets the line break behind the slash. */
  #showType(type) {
    const [first = "", second] = type.split(/(?<=\/)/);
    const cell = this.#find(".type");
    cell.textContent = first;
    if (second !== undefined) {
      cell.append(document.createElement("wbr"), second);
    }
  }

  #say(text) {
    this.#find(".state").textContent = text;
  }

  #offer(action) {
    this.#action.hidden = false;
    this.#action.textContent = action;
    this.#action.ariaLabel = `${action} ${this.#file.name}`;
  }
}

function formatBytes(bytes) {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  const value = bytes / 1000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[power - 1]}`;
}
