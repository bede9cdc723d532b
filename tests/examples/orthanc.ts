/** Orthanc, a real DICOMweb server. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, isAlive } from "../driving/children.ts";
import { orthanc, orthancPlugins, pathOf } from "../driving/commands.ts";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { freePort, isOpen } from "../driving/servers.ts";

export interface Orthanc {
  /** The URL of its own API. Ends in a slash. */
  url: string;
  /** The URL of its DICOMweb API. Ends in a slash. */
  dicomWeb: string;
  /** Ends it, and removes its stored files. */
  close(): Promise<void>;
}

/**
 * Starts Orthanc in a folder of its own.
 *
 * @param peer The URL of a server that it knows as `peer`, and can send to.
 */
export async function startOrthanc(peer: string): Promise<Orthanc> {
  const path = pathOf(orthanc);
  const folder = await makeFolder();
  const port = await freePort();
  const configuration = {
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: port,
    RemoteAccessAllowed: false,
    DicomServerEnabled: false,
    Plugins: [orthancPlugins],
    DicomWeb: { Enable: true, Root: "/dicom-web/", Servers: { peer: [peer] } },
  };
  const file = join(folder, "configuration.json");
  await writeFile(file, JSON.stringify(configuration));
  const child = spawn(path, [file], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => log += text);
  const close = async () => {
    await end(child);
    await removeFolder(folder);
  };
  while (!await isOpen(port)) {
    if (!isAlive(child)) {
      await close();
      throw new Error(`Orthanc ended: ${log}`);
    }
    await sleep(20);
  }
  const url = `http://127.0.0.1:${port}/`;
  return { url, dicomWeb: `${url}dicom-web/`, close };
}
