/**
 * The client dicomweb-client: `node dicom_client.js URL FILE...`. It is
 * written for browsers, and gets its XMLHttpRequest from jsdom.
 */
import { api } from "dicomweb-client";
import { JSDOM } from "jsdom";
import { readFile } from "node:fs/promises";
import process from "node:process";

const [url, ...paths] = process.argv.slice(2);
globalThis.XMLHttpRequest = new JSDOM("", { url }).window.XMLHttpRequest;
const client = new api.DICOMwebClient({ url });
const datasets = await Promise.all(
  paths.map(async (path) => Uint8Array.from(await readFile(path)).buffer),
);
console.log(await client.storeInstances({ datasets }));
