// The live picture: an <img> whose bytes never end.
import { dropZone } from "./drop.js";
import { Feed } from "./feeds.js";
import { count } from "./format.js";
import { Pace } from "./pace.js";
import { drawTestCard } from "./test_card.js";

const PAUSE_MS = 1000;
const PACE_MS = 2500;

const byId = (id) => document.getElementById(id);
const picture = byId("picture");
const feed = new Feed(say);

let frames = 0;
let pace = new Pace(PACE_MS);

/** Shows the picture, and lets the visitor feed it. */
export function startLive() {
  dropZone(
    byId("screen"),
    byId("live"),
    ({ files: [file] }) => feedPicture(file),
  );
  byId("still").addEventListener("change", ({ target }) => {
    feedPicture(target.files[0]);
    target.value = "";
  });
  toggle("camera", "your camera", () => feed.camera());
  toggle("card", "the test card", () => feed.drawing(drawTestCard));
  byId("window").addEventListener("click", (event) => {
    // A tab would hide this one. A window opens beside it.
    const size = "popup,width=520,height=760";
    if (open(event.target.href, "_blank", size)) event.preventDefault();
  });
  picture.addEventListener("error", disconnect);
  // A hidden window would use up a connection and the battery.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else ask();
  });
  // A picture that keeps loading would delay the page's load event.
  if (document.readyState === "complete") poll();
  else addEventListener("load", poll);
}

/** Makes a button start and stop a feed. */
function toggle(id, what, start) {
  const button = byId(id);
  button.addEventListener("click", async () => {
    const wasOn = button.ariaPressed === "true";
    stop();
    if (wasOn) return;
    button.ariaPressed = "true";
    say(`All who watch see ${what}.`);
    try {
      await start();
    } catch (error) {
      button.ariaPressed = "false";
      say(`This does not work here: ${error.message}`);
    }
  });
}

function stop() {
  feed.stop();
  for (const id of ["camera", "card"]) byId(id).ariaPressed = "false";
  say("");
}

async function feedPicture(file) {
  if (file === undefined) return;
  stop();
  try {
    await feed.picture(file);
    say(`All who watch see ${file.name}.`);
  } catch {
    say(`${file.name} is not a picture that this browser can read.`);
  }
}

function say(text) {
  if (byId("feeding").textContent !== text) byId("feeding").textContent = text;
}

async function poll() {
  for (;;) {
    if (!document.hidden) await ask();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function ask() {
  try {
    const status = await (await fetch("live/status")).json();
    if (status.frames < frames) { // The count is another server's.
      pace = new Pace(PACE_MS);
      disconnect();
    }
    ({ frames } = status);
    pace.add(frames);
    const rate = Math.round(pace.speed ?? 0);
    if (frames > 0 && !document.hidden) connect();
    byId("watching").textContent = status.watchers > 0
      ? `${count(status.watchers, "window")} watching`
      : "";
    byId("badge").hidden = frames === 0;
    byId("badge").textContent = rate > 0 ? `Live, ${rate} fps` : "Still";
    byId("badge").classList.toggle("on", rate > 0);
  } catch {
    byId("watching").textContent = "The server is out of reach";
    disconnect();
  }
}

function connect() {
  if (picture.hasAttribute("src")) return;
  // Browsers may fetch only one picture at a time from the same address.
  picture.src = `live?window=${Math.random()}`;
  picture.hidden = false;
  byId("dark").hidden = true;
}

function disconnect() {
  picture.removeAttribute("src");
  picture.hidden = true;
  byId("dark").hidden = false;
}
