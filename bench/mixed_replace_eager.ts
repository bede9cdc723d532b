/**
 * Measures how long after a frame was sent Chromium shows it, with and without
 * `eager`:
 *
 *     node bench/mixed_replace_eager.ts [--frames 30] [--rate 2]
 *
 * Each frame shows its number as black and white blocks. A page draws its
 * `<img>` to a canvas before each repaint, and records when it sees a new
 * number.
 */
import { mixedReplace } from "../mod.ts";
import { encode } from "jpeg-js";
import { once } from "node:events";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { launch } from "puppeteer-core";
import { fetchListener } from "../examples/fetch_listener.ts";
import { findChromium } from "../tests/runtimes/chromium.ts";

const { values: options } = parseArgs({
  options: {
    frames: { type: "string", default: "30" },
    rate: { type: "string", default: "2" },
  },
});
const frames = Number(options.frames);
const interval = 1000 / Number(options.rate);

const BITS = 10;
const BLOCK = 16;

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** A JPEG that shows `number`, lowest bit first. White is 1. */
function drawNumber(number: number): Uint8Array {
  const width = BITS * BLOCK;
  const data = new Uint8Array(4 * width * BLOCK);
  for (let at = 0; at < data.length; at += 4) {
    const bit = Math.floor(at / 4 % width / BLOCK);
    data.fill(number >> bit & 1 ? 255 : 0, at, at + 4);
  }
  return encode({ data, width, height: BLOCK }, 90).data;
}

const PAGE = `<!doctype html><canvas width="${BITS * BLOCK}"></canvas><script>
  const image = new Image();
  document.body.append(image);
  const context = document.querySelector("canvas")
    .getContext("2d", { willReadFrequently: true });
  const seen = {};
  function look() {
    context.drawImage(image, 0, 0);
    let number = 0;
    for (let bit = 0; bit < ${BITS}; bit++) {
      const x = bit * ${BLOCK} + ${BLOCK / 2};
      const [red] = context.getImageData(x, ${BLOCK / 2}, 1, 1).data;
      if (red > 127) number += 2 ** bit;
    }
    seen[number] ??= performance.timeOrigin + performance.now();
    requestAnimationFrame(look);
  }
  image.src = "/live" + location.search;
  look();
</script>`;

let sent: number[] = [];

async function* film(): AsyncGenerator<Uint8Array> {
  for (let number = 1; number <= frames; number++) {
    await sleep(interval);
    const frame = drawNumber(number);
    sent[number] = now();
    yield frame;
  }
  await sleep(2 * interval);
}

const server = createServer(fetchListener((request) => {
  const { pathname, searchParams } = new URL(request.url);
  return Promise.resolve(
    pathname === "/live"
      ? mixedReplace(film(), { eager: searchParams.has("eager") })
      : new Response(PAGE, { headers: { "content-type": "text/html" } }),
  );
}));
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
const port = typeof address === "object" ? address?.port : undefined;

const browser = await launch({
  executablePath: findChromium(),
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
});
try {
  console.log(`${await browser.version()}, a frame each ${interval} ms`);
  for (const query of ["", "?eager"]) {
    sent = [];
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/${query}`, {
      waitUntil: "domcontentloaded",
    });
    await sleep((frames + 2) * interval + 500);
    const seen = await page.evaluate("seen") as Record<string, number>;
    await page.close();
    const delays = sent.flatMap((time, number) =>
      seen[number] === undefined ? [] : [seen[number] - time]
    ).sort((one, other) => one - other);
    const [shortest, median, longest] = [0, 0.5, 1].map((share) =>
      delays[Math.round(share * (delays.length - 1))]?.toFixed(0)
    );
    console.log(
      `${query === "" ? "without eager" : "with eager"}: ${delays.length} of ` +
        `${frames} frames shown, after ${shortest} to ${longest} ms, ` +
        `median ${median}`,
    );
  }
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
