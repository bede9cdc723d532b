/** DICOMweb with Orthanc, and with dicomweb-client. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { answer, retrieve, store } from "../../examples/dicomweb.ts";
import { fetchListener } from "../../examples/fetch_listener.ts";
import { curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { withServer } from "../driving/servers.ts";
import { shared } from "../driving/shared.ts";
import { root } from "../runtimes/names.ts";
import {
  dicomFile,
  FRAME_SIZE,
  SERIES,
  SOP_CLASS,
  STUDY,
} from "./dicom_file.ts";
import { installPackages } from "./install_packages.ts";
import { startOrthanc } from "./orthanc.ts";
import {
  examplePath,
  runExample,
  type RunningExample,
  startExample,
} from "./running.ts";

const path = examplePath("dicomweb.ts");
const packages = join(root, "tests/examples/protocols");
const TYPE = 'multipart/related; type="application/dicom"; boundary=b';

const pixels = [2, 3].map((frames) => randomBytes(frames * FRAME_SIZE));
const instances = pixels.map((bytes, index) =>
  dicomFile(`1.2.3.7.${index}`, bytes)
);

/** Runs the example's server on Deno, in a folder of its own. */
async function serveOnDeno(
  use: (server: RunningExample, kept: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const server = await startExample([
      ...["deno", "serve", "--host=127.0.0.1", "--port=0", "--no-check"],
      `--config=${join(root, "deno.json")}`,
      ...["--no-prompt", "--allow-read", "--allow-write", path],
    ], { cwd: folder });
    try {
      await use(server, join(folder, "instances"));
    } finally {
      await server.close();
    }
  });
}

/**
 * Runs the same server in this process.
 *
 * @param use Receives its URL, its folder, and the statuses of its responses.
 */
async function serve(
  use: (url: string, kept: string, statuses: number[]) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const statuses: number[] = [];
    const listener = fetchListener(async (request) => {
      const response = await answer(request, folder);
      statuses.push(response.status);
      return response;
    });
    await withServer(listener, (url) => use(url, folder, statuses));
  });
}

/** A part of a request. */
function partOf(body: Uint8Array): Buffer {
  const head = "--b\r\nContent-Type: application/dicom\r\n\r\n";
  return Buffer.concat([Buffer.from(head), body, Buffer.from("\r\n")]);
}

/** All files in a folder. */
async function filesIn(folder: string): Promise<Buffer[]> {
  const names = await readdir(folder);
  return await Promise.all(names.map((name) => readFile(join(folder, name))));
}

describe("examples/dicomweb.ts and Orthanc", () => {
  // Nothing listens on this port.
  const orthanc = shared(
    () => startOrthanc("http://127.0.0.1:9/"),
    (running) => running.close(),
  );

  it("stores instances, and retrieves them as they were", async () => {
    const { dicomWeb } = await orthanc();
    await inFolder(async (folder) => {
      const blobs = instances.map((bytes) => new Blob([Buffer.from(bytes)]));
      const report = await store(`${dicomWeb}studies`, blobs);
      assert(JSON.stringify(report).includes("1.2.3.7.1"));
      const study = `${dicomWeb}studies/${STUDY}`;
      const saved = await Array.fromAsync(retrieve(study, folder));
      assertEquals(
        saved.map(({ type, size }) => [type, size]),
        instances.map(({ length }) => ["application/dicom", length]).toSorted(),
      );
      const files = await filesIn(folder);
      for (const instance of instances) {
        assert(files.some((file) => file.equals(instance)));
      }
    });
  });

  it("retrieves the frames that are asked for", async () => {
    const { dicomWeb } = await orthanc();
    await inFolder(async (folder) => {
      await store(`${dicomWeb}studies`, [
        new Blob([Buffer.from(instances[1])]),
      ]);
      const instance = `studies/${STUDY}/series/${SERIES}/instances/1.2.3.7.1`;
      const url = `${dicomWeb}${instance}/frames/3,1`;
      const frames = retrieve(url, folder, "application/octet-stream");
      for (const number of [3, 1]) {
        const { value } = await frames.next();
        const frame = await readFile(value?.path ?? "");
        const from = (number - 1) * FRAME_SIZE;
        assert(frame.equals(pixels[1].subarray(from, from + FRAME_SIZE)));
      }
      assertEquals((await frames.next()).done, true);
    });
  });

  it("fails where Orthanc refuses", async () => {
    const { dicomWeb } = await orthanc();
    await inFolder(async (folder) => {
      const url = `${dicomWeb}studies/9.9.9`;
      await assertRejects(() => retrieve(url, folder).next(), Error, "404");
      const noFile = [new Blob(["no DICOM"])];
      await assertRejects(() => store(`${dicomWeb}studies`, noFile), Error);
    });
  });
});

describe("examples/dicomweb.ts", () => {
  it("keeps what its client sends", async () => {
    await serveOnDeno(async ({ url }, kept) => {
      await inFolder(async (folder) => {
        const files = instances.map((_, index) => join(folder, `${index}.dcm`));
        for (const [index, file] of files.entries()) {
          await writeFile(file, instances[index] ?? "");
        }
        const run = await runExample(["node", path, "store", url, ...files]);
        assertEquals(run.exitCode, 0, run.stderr);
        assertEquals(JSON.parse(run.stdout), {
          "00081199": {
            vr: "SQ",
            Value: [0, 1].map((index) => ({
              "00081150": { vr: "UI", Value: [SOP_CLASS] },
              "00081155": { vr: "UI", Value: [`1.2.3.7.${index}`] },
            })),
          },
        });
      });
      const stored = await filesIn(kept);
      assertEquals(stored.length, 2);
      for (const instance of instances) {
        assert(stored.some((file) => file.equals(instance)));
      }
    });
  });

  it("reports what it cannot take, and keeps nothing of a broken request", async () => {
    await serve(async (url, kept) => {
      const end = Buffer.from("--b--");
      const [instance = Buffer.of()] = instances;
      const post = async (...parts: Uint8Array[]) => {
        const { status, body } = await curlBody(
          url,
          TYPE,
          Buffer.concat(parts),
        );
        return [status, (await readdir(kept)).length, body] as const;
      };
      const wrong = partOf(Buffer.alloc(1000));
      const cut = partOf(instance.subarray(0, 140));
      assertEquals((await post(wrong, cut, end)).slice(0, 2), [409, 0]);
      // The second instance is cut off.
      const broken = partOf(instance).subarray(0, 30_000);
      assertEquals((await post(partOf(instance), broken)).slice(0, 2), [
        400,
        0,
      ]);
      const [status, count, report] = await post(wrong, partOf(instance), end);
      assertEquals([status, count], [202, 1]);
      assertEquals(JSON.parse(report)["00081198"].Value.length, 1);
      for (
        const type of [
          "multipart/related; boundary=b",
          "multipart/form-data; boundary=b",
          "application/dicom",
        ]
      ) {
        const { status } = await curlBody(url, type, partOf(instance));
        assertEquals(status, 415, type);
      }
    });
  });

  it("keeps what dicomweb-client sends", async () => {
    await installPackages(packages, "dicomweb-client");
    await serve(async (url, kept) => {
      await inFolder(async (folder) => {
        const file = join(folder, "a.dcm");
        await writeFile(file, instances[0] ?? "");
        const client = join(packages, "dicom_client.js");
        const run = await runExample(["node", client, url.slice(0, -1), file]);
        assertEquals(run.exitCode, 0, run.stderr);
      });
      assertEquals((await filesIn(kept)).map((file) => file.length), [
        instances[0]?.length,
      ]);
    });
  });

  it("answers 400 to Orthanc, whose boundary has 73 characters", async () => {
    await serve(async (url, kept, statuses) => {
      const orthanc = await startOrthanc(url);
      try {
        await store(`${orthanc.dicomWeb}studies`, [
          new Blob([Buffer.from(instances[0] ?? "")]),
        ]);
        const stored = await (await fetch(`${orthanc.url}instances`)).json();
        const body = JSON.stringify({ Resources: stored, Synchronous: true });
        const stow = `${orthanc.dicomWeb}servers/peer/stow`;
        const sent = await fetch(stow, { method: "POST", body });
        assertEquals([sent.ok, statuses], [false, [400]]);
        assertEquals(await readdir(kept), []);
      } finally {
        await orthanc.close();
      }
    });
  });
});
