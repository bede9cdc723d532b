import { drawFingerprint } from "./fingerprint.js";
import { formatBytes } from "./format.js";
import { Pace } from "./pace.js";
import { follow, forget } from "./progress.js";
import { flow } from "./river.js";

// The server's error codes in plain words. Its own message is shown below.
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

const UNREADABLE =
  "It may be a folder, or have changed or moved since it was chosen.";

/** One file: its row in the list and its request. */
export class Upload {
  row = document.getElementById("row").content.cloneNode(true)
    .firstElementChild;
  #file;
  #path;
  #note;
  #queue;
  #request;
  #id;
  #pace;
  #loaded = 0;
  #find = (name) => this.row.querySelector(name);
  #action = this.#find(".action");

  constructor(file, path, note, queue) {
    this.#file = file;
    this.#path = path;
    this.#note = note;
    this.#queue = queue;
    this.#find(".name").textContent = path;
    this.#find(".type").textContent = file.type || "unknown";
    this.#showSize(file.size);
    this.#showPreview();
    this.#find("progress").ariaLabel = `Upload of ${file.name}`;
    this.#action.addEventListener("click", () => this.#act());
    this.#wait();
  }

  start() {
    this.#say("Starting");
    this.#pace = new Pace();
    this.#loaded = 0;
    this.#id = Array.from(
      crypto.getRandomValues(new Uint8Array(16)),
      (byte) => byte.toString(16).padStart(2, "0"),
    ).join("");
    const body = new FormData();
    body.append("note", this.#note);
    body.append("file", this.#file, this.#path);

    // fetch() does not report an upload's progress.
    const request = this.#request = new XMLHttpRequest();
    request.responseType = "json";
    request.upload.onprogress = (event) => this.#progress(event);
    request.onload = () => this.#answered(request);
    request.onabort = () => this.#fail("aborted");
    request.onerror = () => this.#fail();
    request.open("POST", `upload?id=${this.#id}`);
    request.send(body);
    follow(this.#id, ({ file }) => file && this.#showDigest(file.sha256, true));
  }

  #wait() {
    this.row.className = "file";
    this.#find("progress").value = 0;
    this.#find(".detail").hidden = true;
    this.#say("Waiting");
    this.#offer("Cancel");
  }

  /**
   * Reports that the file cannot be read. Sent anyway, it would be stored as
   * empty.
   */
  refuse() {
    this.#fail("unreadable", UNREADABLE);
    this.#action.hidden = true;
  }

  #act() {
    if (this.row.classList.contains("failed")) {
      this.#wait();
      this.#queue.add(this);
    } else if (this.#request) {
      this.#request.abort();
    } else {
      this.#queue.drop(this);
      this.#fail("aborted");
    }
  }

  #progress({ loaded, total }) {
    flow(loaded - this.#loaded);
    this.#loaded = loaded;
    this.#pace.add(loaded);
    const share = total > 0 ? loaded / total : 1;
    this.#find("progress").value = share;
    if (share < 1) {
      this.#say(`${Math.floor(share * 100)}%`, this.#pace.describe(total));
    } else {
      this.#say("Finishing");
    }
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
    this.#find(".type").textContent = file.type;
    this.#showSize(file.size);
    this.#showStored(file.stored);
    this.#end("done", "Stored");
    this.#showDigest(file.sha256, false);
    this.#action.hidden = true;
  }

  /**
   * A request that failed without a response does not say why. The file may.
   */
  async #fail(code, message) {
    if (code === undefined) {
      const readable = await this.#file.slice(0, 1).arrayBuffer().then(
        () => true,
        () => false,
      );
      code = readable ? "unreachable" : "unreadable";
      message = readable
        ? "The server could not be reached, or went away."
        : UNREADABLE;
    }
    if (message !== undefined) {
      this.#find(".detail").textContent = `${message} (${code})`;
      this.#find(".detail").hidden = false;
    }
    this.#end("failed", REASONS[code] ?? "The server refused it");
    this.#showDigest("", false);
    this.#offer("Retry");
  }

  #end(state, text) {
    forget(this.#id);
    this.#request = undefined;
    this.row.className = `file ${state}`;
    this.#say(text);
    this.#queue.end(state);
  }

  #showSize(size) {
    this.#find(".size").textContent = formatBytes(size);
    this.#find(".size").title = `${size.toLocaleString("en")} bytes`;
  }

  /** Links to the stored file. A film or a song plays from there. */
  #showStored(name) {
    const link = document.createElement("a");
    link.href = `files/${encodeURIComponent(name)}`;
    link.textContent = name;
    this.#find(".stored").replaceChildren(link);
    const [, kind = ""] = /^(audio|video)\//.exec(this.#file.type) ?? [];
    if (kind === "") return;
    const player = document.createElement(kind);
    Object.assign(player, { controls: true, preload: "metadata" });
    player.ariaLabel = `${this.#path}, from the server`;
    player.src = link.href;
    this.#find(".about").append(player);
  }

  #showDigest(digest, isSoFar) {
    this.#find(".digest").hidden = digest === "";
    this.#find(".which").textContent = isSoFar
      ? " of what the server has by now"
      : "";
    // Groups of eight that are copied as one word.
    this.#find(".sha256").replaceChildren(
      ...(digest.match(/.{8}/g) ?? []).map((group) => {
        const span = document.createElement("span");
        span.textContent = group;
        return span;
      }),
    );
    if (digest !== "") drawFingerprint(this.#find(".fingerprint"), digest);
  }

  /**
   * A picture is its own preview. For other files, this shows their extension.
   */
  #showPreview() {
    const preview = this.#find(".preview");
    const [, suffix = "file"] = /\.(\w{1,5})$/.exec(this.#file.name) ?? [];
    this.#find(".suffix").textContent = suffix;
    this.#find(".digest").hidden = true;
    if (!this.#file.type.startsWith("image/")) return;
    const image = new Image();
    image.alt = `Preview of ${this.#file.name}`;
    image.onload = () => {
      preview.replaceChildren(image);
      URL.revokeObjectURL(image.src);
    };
    image.onerror = () => URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(this.#file);
  }

  #say(text, pace = "") {
    this.#find(".state").textContent = text;
    this.#find(".pace").textContent = pace;
  }

  #offer(action) {
    this.#action.hidden = false;
    this.#action.textContent = action;
    this.#action.ariaLabel = `${action} ${this.#file.name}`;
  }
}
