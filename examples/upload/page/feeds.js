import { flow } from "./river.js";

const MAX_WIDTH = 1280;
const FRAMES_A_SECOND = 15;

/** Feeds the live picture from one source at a time. */
export class Feed {
  #running = new AbortController();
  #say;

  constructor(say) {
    this.#say = say;
  }

  stop() {
    this.#running.abort();
    this.#running = new AbortController();
  }

  /** Sends one picture of any format as a JPEG. */
  async picture(file) {
    const bitmap = await createImageBitmap(file);
    const canvas = canvasFor(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff"; // JPEG does not support transparency.
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    await send(await jpeg(canvas, 0.85), this.#running.signal);
  }

  /** Sends the camera's picture until it is stopped. */
  async camera() {
    const { signal } = this.#running;
    if (!navigator.mediaDevices?.getUserMedia) {
      throw new Error("browsers give the camera only to https: and localhost.");
    }
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 640 }, height: { ideal: 400 } },
    });
    const turnOff = () => stream.getTracks().forEach((track) => track.stop());
    signal.addEventListener("abort", turnOff);
    if (signal.aborted) return turnOff();
    const video = document.createElement("video");
    Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
    await video.play();
    const canvas = canvasFor(video.videoWidth, video.videoHeight);
    this.#repeat(canvas, signal, (context) => {
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
    });
  }

  /** Sends what `draw` paints until it is stopped. */
  drawing(draw) {
    const canvas = canvasFor(640, 400);
    this.#repeat(canvas, this.#running.signal, draw);
  }

  /** Sends a frame at each tick, if the previous one has arrived. */
  #repeat(canvas, signal, draw) {
    const context = canvas.getContext("2d");
    const ticker = new Worker("ticker.js");
    signal.addEventListener("abort", () => ticker.terminate());
    let isSending = false;
    ticker.onmessage = async () => {
      if (isSending || signal.aborted) return;
      isSending = true;
      try {
        draw(context, canvas);
        await send(await jpeg(canvas, 0.75), signal);
      } catch (error) {
        if (!signal.aborted) this.#say(`A frame was lost: ${error.message}`);
      }
      isSending = false;
    };
    ticker.postMessage(1000 / FRAMES_A_SECOND);
  }
}

function canvasFor(width, height) {
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, MAX_WIDTH / width, MAX_WIDTH / height);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  return canvas;
}

function jpeg(canvas, quality) {
  return new Promise((resolve) =>
    canvas.toBlob(resolve, "image/jpeg", quality)
  );
}

async function send(frame, signal) {
  const response = await fetch("live", { method: "PUT", body: frame, signal });
  // With 429, another window feeds too, and this frame is dropped.
  if (!response.ok && response.status !== 429) {
    throw new Error((await response.json()).error.message);
  }
  flow(frame.size);
}
