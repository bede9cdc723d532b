/**
 * The camera client on each runtime, with cameras that send various streams.
 */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError } from "@tributary/multipart";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { readFrames } from "../../examples/camera_client.ts";
import { ffmpeg, pathOf } from "../driving/commands.ts";
import { inFolder } from "../driving/folders.ts";
import { withServer } from "../driving/servers.ts";
import {
  type CameraClient,
  cameraClients,
  type Watching,
} from "./camera_clients.ts";
import {
  FFMPEG_TYPE,
  film,
  FILMED_FRAMES,
  picturesInFolder,
  picturesInStream,
} from "./camera_ffmpeg.ts";
import { send, startCamera } from "./camera_server.ts";

const contentType = "multipart/x-mixed-replace; boundary=frame";
const boundary = "\r\n--frame\r\n";

const frames = [
  randomBytes(20_000),
  // In a frame with a length, bytes that look like a delimiter are data.
  Buffer.concat([Buffer.from(`${boundary}--frame--`), randomBytes(100_000)]),
  randomBytes(1),
  Buffer.concat([randomBytes(300_000), Buffer.from("\r\n--frame")]),
  randomBytes(5),
];

function frameHead(length?: number): string {
  const lengthLine = length === undefined
    ? ""
    : `Content-Length: ${length}\r\n`;
  return `Content-Type: image/jpeg\r\n${lengthLine}\r\n`;
}

/** Asserts that the client reports a frame. */
async function assertSees(
  watching: Watching,
  index: number,
  frame: Uint8Array,
): Promise<void> {
  const name = String(index + 1).padStart(6, "0");
  assertMatch(
    await watching.nextLine(),
    new RegExp(
      `^${name}\\.jpg: ${frame.length} bytes, [\\d.]+ frames a second$`,
    ),
  );
}

async function assertEndsWith(
  watching: Watching,
  count: number,
): Promise<void> {
  assertEquals(await watching.lastLines(), [`${count} frames`]);
  assertEquals(await watching.ended, { exitCode: 0, errors: "" });
}

/** Runs a client with a camera, and makes sure that both end. */
async function watch(
  client: CameraClient,
  film: (response: ServerResponse, watching: Watching) => Promise<void>,
  use: (watching: Watching, filmed: Promise<void>) => Promise<void>,
  folder?: string,
  type: string = contentType,
): Promise<void> {
  const { promise: started, resolve } = Promise.withResolvers<Watching>();
  const camera = await startCamera(
    type,
    async (response) => await film(response, await started),
  );
  try {
    const watching = client.watch(camera.url, folder);
    resolve(watching);
    await use(watching, camera.filmed);
  } finally {
    await camera.close();
  }
}

/**
 * Saves what ffmpeg films, and compares it with what ffmpeg reads of the same
 * stream.
 */
async function watchFfmpeg(client: CameraClient): Promise<void> {
  const sent: Uint8Array[] = [];
  const filming = async (response: ServerResponse) => {
    for await (const chunk of film()) {
      sent.push(chunk);
      await send(response, chunk);
    }
  };
  await inFolder((folder) =>
    watch(
      client,
      filming,
      async (watching, filmed) => {
        await filmed;
        const lines = await watching.lastLines();
        assertEquals(await watching.ended, { exitCode: 0, errors: "" });
        assertEquals(lines.length, FILMED_FRAMES + 1);
        assertEquals(lines.at(-1), `${FILMED_FRAMES} frames`);
        const expected = await picturesInStream(Buffer.concat(sent));
        assertEquals(new Set(expected).size, FILMED_FRAMES);
        assertEquals(await picturesInFolder(folder), expected);
      },
      folder,
      FFMPEG_TYPE,
    )
  );
}

describe("readFrames()", () => {
  it("hangs up on what is not a camera", async () => {
    const { promise: hungUp, resolve } = Promise.withResolvers<void>();
    await withServer((_request, response) => {
      response.once("close", resolve);
      response.writeHead(200, { "content-type": "video/mp4" }).write("film");
    }, async (url) => {
      await assertRejects(() => readFrames(url).next(), MultipartError);
      await hungUp;
    });
  });
});

for (const client of cameraClients) {
  describe(`the camera client on ${client.name}`, () => {
    it("has a frame before the boundary behind it is sent", async () => {
      // Only the first frame needs its boundary, which confirms that lengths
      // are right.
      const film = async (response: ServerResponse, watching: Watching) => {
        await send(response, boundary.trimStart());
        for (const [index, frame] of frames.entries()) {
          await send(response, frameHead(frame.length));
          await send(response, frame);
          if (index === 0) await send(response, boundary);
          await assertSees(watching, index, frame);
          if (index > 0) await send(response, boundary);
        }
      };
      await inFolder((folder) =>
        watch(client, film, async (watching, filmed) => {
          await filmed;
          await assertEndsWith(watching, frames.length);
          const names = (await readdir(folder)).sort();
          assertEquals(names.length, frames.length);
          for (const [index, name] of names.entries()) {
            assertEquals(await readFile(join(folder, name)), frames[index]);
          }
        }, folder)
      );
    });

    it("has a frame without a length when its boundary is sent", async () => {
      const plain = frames.filter((frame) => !frame.includes("--frame"));
      const film = async (response: ServerResponse, watching: Watching) => {
        await send(response, boundary.trimStart());
        for (const [index, frame] of plain.entries()) {
          await send(response, frameHead());
          await send(response, frame);
          await send(response, boundary);
          await assertSees(watching, index, frame);
        }
      };
      await watch(client, film, async (watching, filmed) => {
        await filmed;
        await assertEndsWith(watching, plain.length);
      });
    });

    it("ends in the middle of a frame, and hangs up", async () => {
      const film = async (response: ServerResponse, watching: Watching) => {
        await send(response, `${boundary}${frameHead(1)}x${boundary}`);
        await assertSees(watching, 0, Buffer.from("x"));
        await send(response, `${frameHead(1000)}half of`);
        watching.interrupt();
        await once(response, "close");
      };
      await watch(client, film, async (watching, filmed) => {
        await filmed;
        await assertEndsWith(watching, 1);
      });
    });

    for (const length of [undefined, 2 ** 40]) {
      it(`gives up on a frame without end, its length ${length}`, async () => {
        const zeros = new Uint8Array(64 * 1024);
        let sent = 0;
        const film = async (response: ServerResponse) => {
          await send(response, `${boundary}${frameHead(length)}`);
          while (await send(response, zeros)) sent += zeros.length;
        };
        await watch(client, film, async (watching, filmed) => {
          const { exitCode, errors } = await watching.ended;
          assertEquals(exitCode, 1);
          assertMatch(errors, /Cannot read part 0: its body has more than/);
          await filmed;
          // The rest was in flight, in the buffers of both systems.
          assert(sent < 64 * 1024 * 1024, `${sent} bytes`);
        });
      });
    }

    const refusals: [number, string, RegExp][] = [
      [401, contentType, /Cannot watch http:.*: 401/],
      [200, "text/html", /its Content-Type "text\/html" is not a multipart/],
    ];
    for (const [status, type, message] of refusals) {
      it(`fails where it gets ${status} and ${type}`, async () => {
        const film = () => Promise.resolve();
        const camera = await startCamera(type, film, status);
        try {
          const { exitCode, errors } = await client.watch(camera.url).ended;
          assertEquals(exitCode, 1);
          assertMatch(errors, message);
        } finally {
          await camera.close();
        }
      });
    }
  });
}

describe("the camera client", () => {
  it("saves each frame that ffmpeg films, on each runtime", async () => {
    pathOf(ffmpeg); // Skips the test before it starts a server.
    // All at the same time, since ffmpeg films in real time.
    await Promise.all(cameraClients.map(async (client) => {
      await watchFfmpeg(client).catch((cause) => {
        throw new Error(`On ${client.name}: ${cause}`, { cause });
      });
    }));
  });
});
