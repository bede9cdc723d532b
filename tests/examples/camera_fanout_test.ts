/**
 * A camera filmed by ffmpeg, which a Durable Object shows to many viewers at
 * once.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "node:events";
import { createServer, get, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Miniflare } from "miniflare";
import { MultipartReader } from "@tributary/multipart";
import { ffmpeg, pathOf } from "../driving/commands.ts";
import { bundleWorker } from "../driving/bundles.ts";
import { closeServer, listen } from "../driving/servers.ts";
import { FFMPEG_TYPE, film } from "./camera_ffmpeg.ts";
import { examplePath } from "./running.ts";
import { readWrangler } from "./wrangler.ts";

interface Setting {
  /** Ends in a slash. */
  url: string;
  /** The open connections to the camera. */
  connections: Set<ServerResponse>;
  /** Waits for the next change of `connections`. */
  changed(): Promise<unknown>;
}

/** Sends increasing numbers as frames until the client disconnects. */
function count(response: ServerResponse): void {
  const type = "multipart/x-mixed-replace; boundary=frame";
  response.writeHead(200, { "content-type": type });
  response.write("--frame");
  let number = 0;
  const filming = setInterval(() => {
    response.write(`\r\n\r\nframe ${number++}\r\n--frame`);
  }, 10);
  response.once("close", () => clearInterval(filming));
}

/** Runs the Worker with a camera. */
async function serve(
  use: (setting: Setting) => Promise<void>,
  answer: (response: ServerResponse) => void = count,
): Promise<void> {
  const connections = new Set<ServerResponse>();
  const camera = createServer((_request, response) => {
    connections.add(response);
    camera.emit("changed");
    response.once("close", () => {
      connections.delete(response);
      camera.emit("changed");
    });
    answer(response);
  });
  const cameraUrl = await listen(camera);
  const config = await readWrangler("camera_fanout");
  const miniflare = new Miniflare({
    modules: true,
    script: await bundleWorker(examplePath("camera_fanout/worker.ts")),
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    bindings: {
      CAMERA_URLS: {
        ...Object(config.vars["CAMERA_URLS"]),
        garden: cameraUrl,
        nowhere: "http://127.0.0.1:1/",
      },
    },
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map(({ name, class_name }) => [name, {
        className: class_name,
        useSQLite: config.migrations.some(({ new_sqlite_classes }) =>
          new_sqlite_classes.includes(class_name)
        ),
      }]),
    ),
    handleRuntimeStdio() {}, // It would log a camera that cannot be reached.
  });
  try {
    await use({
      url: (await miniflare.ready).href,
      connections,
      changed: () => once(camera, "changed"),
    });
  } finally {
    await miniflare.dispose();
    await closeServer(camera);
  }
}

/** A viewer that reads one frame at a time. */
async function watch(url: string) {
  const stop = new AbortController();
  const { signal } = stop;
  const frames = MultipartReader.from(await fetch(url, { signal }), { signal });
  return {
    async next(): Promise<string | undefined> {
      const { value } = await frames.next();
      return await value?.text();
    },
    leave: () => stop.abort(),
  };
}

/** A viewer that receives no frames. Returns a function that disconnects it. */
async function waitForFrames(url: string): Promise<() => void> {
  const request = get(url).on("error", () => {}); // The test hangs up.
  const [response] = await once(request, "response");
  response.on("error", () => {});
  // While nothing is written, workerd notices only a reset.
  return () => request.socket?.resetAndDestroy();
}

type Viewer = Awaited<ReturnType<typeof watch>>;

/** Asserts that a viewer sees complete frames, each later than the last. */
async function assertSees(viewer: Viewer): Promise<void> {
  let last = -1;
  for (let seen = 0; seen < 5; seen++) {
    const [, number = ""] = /^frame (\d+)$/.exec(await viewer.next() ?? "") ??
      [];
    assert(Number(number) > last, `${number} after ${last}`);
    last = Number(number);
  }
}

describe("examples/camera_fanout", () => {
  it("shows a camera to many, and connects to it once", async () => {
    await serve(async ({ url, connections }) => {
      const viewers = await Promise.all(
        Array.from({ length: 5 }, () => watch(`${url}garden`)),
      );
      await Promise.all(viewers.map(assertSees));
      assertEquals(connections.size, 1);
      for (const viewer of viewers) viewer.leave();
    });
  });

  it("hangs up when nobody watches, and connects again", async () => {
    await serve(async ({ url, connections, changed }) => {
      for (let times = 0; times < 2; times++) {
        const one = await watch(`${url}garden`);
        const other = await watch(`${url}garden`);
        await assertSees(one);
        one.leave();
        await assertSees(other);
        assertEquals(connections.size, 1);
        const hungUp = changed();
        other.leave();
        await hungUp;
        assertEquals(connections.size, 0);
      }
    });
  });

  it("hangs up on a camera that stalls, and connects again", async () => {
    await serve(async ({ url, connections, changed }) => {
      for (let times = 0; times < 2; times++) {
        const leaveOne = await waitForFrames(`${url}garden`);
        const leaveOther = await waitForFrames(`${url}garden`);
        while (connections.size === 0) await changed();
        leaveOne();
        leaveOther();
        while (connections.size > 0) await changed();
      }
    }, (response) => {
      const type = "multipart/x-mixed-replace; boundary=frame";
      response.writeHead(200, { "content-type": type });
      response.write("--frame\r\n\r\nhalf of");
    });
  });

  it("hangs up on what is not a camera", async () => {
    await serve(async ({ url, connections, changed }) => {
      const viewer = await watch(`${url}garden`);
      assertEquals(await viewer.next(), undefined);
      while (connections.size > 0) await changed();
    }, (response) => {
      response.writeHead(200, { "content-type": "video/mp4" }).write("film");
    });
  });

  it("ends when the camera does, and has no other cameras", async () => {
    await serve(async ({ url, connections }) => {
      const viewer = await watch(`${url}garden`);
      await assertSees(viewer);
      for (const response of connections) response.end("--");
      while (await viewer.next() !== undefined);
      const nowhere = await watch(`${url}nowhere`);
      assertEquals(await nowhere.next(), undefined);
      for (const path of ["", "unknown", "constructor"]) {
        const response = await fetch(`${url}${path}`);
        assertEquals(await response.text(), "There is no such camera\n");
        assertEquals(response.status, 404);
      }
    });
  });
});

describe("examples/camera_fanout before ffmpeg", () => {
  it("shows what it films, frame by frame", async () => {
    pathOf(ffmpeg); // Skips the test before it starts a server.
    await serve(async ({ url, connections }) => {
      const viewers = await Promise.all(
        [1, 2, 3].map(() => watch(`${url}garden`)),
      );
      await Promise.all(viewers.map(async (viewer) => {
        for (let count = 0; count < 10; count++) {
          // Each is a complete JPEG.
          const frame = await viewer.next() ?? "";
          assert(frame.startsWith("\ufffd\ufffd"), frame.slice(0, 20));
          assert(frame.length > 1000);
        }
      }));
      assertEquals(connections.size, 1);
      for (const viewer of viewers) viewer.leave();
    }, (response) => {
      response.writeHead(200, { "content-type": FFMPEG_TYPE });
      // When the connection ends, this ends ffmpeg too.
      pipeline(film(), response).catch(() => {});
    });
  });
});
