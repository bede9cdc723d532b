import { startLive } from "./live.js";
import { startProvoking } from "./provoke.js";
import { startRaw } from "./raw.js";
import { startUploads } from "./uploads.js";
import { startVitals } from "./vitals.js";

for (const address of document.querySelectorAll(".address")) {
  address.textContent = new URL(address.dataset.path, location.href).href;
}

startUploads();
startLive();
startRaw();
startProvoking();
startVitals();
