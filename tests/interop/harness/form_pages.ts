/** Forms for a browser, and the parts that it must send. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Page } from "puppeteer-core";
import { utf8 } from "../../bytes.ts";
import { makeFolder, removeFolder } from "../../driving/folders.ts";
import { randomBytes } from "../form_cases.ts";
import { sha256 } from "./parts.ts";
import type { tell } from "./reading.ts";

/** An expected part: a field, or a file with a type. */
export type Expected =
  | readonly [name: string, value: string]
  | readonly [name: string, filename: string, type: string, body: Uint8Array];

/** A form's content, how it is submitted, and the expected parts. */
export interface BrowserForm {
  readonly id: string;
  readonly html: string;
  readonly attributes?: string;
  readonly expected: readonly Expected[];
  /** By default, the form's button is pressed. */
  readonly submit?: (page: Page) => Promise<unknown>;
  readonly read?: typeof tell;
}

const OCTETS = "application/octet-stream";
const NOTHING = new Uint8Array(0);

/** Every control of the HTML Standard, as it is submitted. */
const controls: BrowserForm = {
  id: "every kind of control",
  html: `
    <input type="hidden" name="_charset_" value="mine">
    <input type="hidden" name="hidden" value=" kept as it is ">
    <input name="text" value="größe &quot;名前&quot; \u{1f30a}">
    <input name="directed" dirname="direction" value="text" dir="rtl">
    <textarea name="area">one\ntwo\n\nfour</textarea>
    <textarea name="hard" wrap="hard" cols="5">none</textarea>
    <input type="password" name="password" value="s=e&amp;c;r">
    <input type="search" name="search" value="?">
    <input type="tel" name="tel" value="+49 1">
    <input type="url" name="url" value="http://localhost/?a=b">
    <input type="email" name="email" value="a@example.org">
    <input type="number" name="number" value="-1.5e3">
    <input type="range" name="range" min="0" max="10">
    <input type="date" name="date" value="2024-02-29">
    <input type="time" name="time" value="23:59">
    <input type="datetime-local" name="local" value="2024-02-29T23:59">
    <input type="color" name="colour" value="#ff8800">
    <input type="checkbox" name="box" checked>
    <input type="checkbox" name="box" value="two" checked>
    <input type="checkbox" name="box" value="three">
    <input type="radio" name="radio" value="1">
    <input type="radio" name="radio" value="2" checked>
    <select name="one"><option>first<option selected>second</select>
    <select name="many" multiple>
      <option selected>a<option>b<option selected value="">c
      <option selected disabled>d
    </select>
    <input name="off" value="1" disabled>
    <fieldset disabled><input name="within" value="1"></fieldset>
    <input value="without a name">
    <output name="output">1</output>
    <button type="button" name="button" value="1">Nothing</button>
    <input type="file" name="file">
    <input type="file" name="files" multiple>
    <input name="empty">
    <button name="go" value="pressed">Go</button>
    <button name="go" value="not pressed">Go</button>`,
  expected: [
    ["_charset_", "UTF-8"],
    ["hidden", " kept as it is "],
    ["text", 'größe "名前" \u{1f30a}'],
    ["directed", "text"],
    ["direction", "rtl"],
    ["area", "one\r\ntwo\r\n\r\nfour"],
    ["hard", "none"],
    ["password", "s=e&c;r"],
    ["search", "?"],
    ["tel", "+49 1"],
    ["url", "http://localhost/?a=b"],
    ["email", "a@example.org"],
    ["number", "-1.5e3"],
    ["range", "5"],
    ["date", "2024-02-29"],
    ["time", "23:59"],
    ["local", "2024-02-29T23:59"],
    ["colour", "#ff8800"],
    ["box", "on"],
    ["box", "two"],
    ["radio", "2"],
    ["one", "second"],
    ["many", "a"],
    ["many", ""],
    // A file input without a file is sent as a file with an empty name.
    ["file", "", OCTETS, NOTHING],
    ["files", "", OCTETS, NOTHING],
    ["empty", ""],
    ["go", "pressed"],
  ],
};

const image: BrowserForm = {
  id: "a picture as its button",
  html: `<input type="image" name="at" alt="Go"><input name="a" value="1">`,
  submit: (page) =>
    page.evaluate(`document.forms[0].requestSubmit(
      document.querySelector("[type=image]"))`),
  expected: [["at.x", "0"], ["at.y", "0"], ["a", "1"]],
};

/** Another charset. Characters that it lacks become character references. */
const charset: BrowserForm = {
  id: "windows-1252",
  attributes: 'accept-charset="windows-1252"',
  html: `
    <input type="hidden" name="_charset_">
    <input name="text" value="größe €">
    <input name="lacking" value="名">
    <button>Go</button>`,
  expected: [
    ["_charset_", "windows-1252"],
    ["text", "größe €"],
    ["lacking", "&#21517;"],
  ],
  async read(reader) {
    const told = [];
    for await (const part of reader) {
      const bytes = utf8(await part.text());
      const { name, path } = part;
      told.push({
        name,
        path: [...path],
        length: bytes.length,
        sha256: sha256(bytes),
      });
    }
    return told;
  },
};

/** Files on the disk, in the order of their names' code units. */
const FILES: readonly (readonly [name: string, type: string])[] = [
  [" two  spaces .txt", "text/plain"],
  [".hidden", OCTETS],
  ["100%.txt", "text/plain"],
  ["a; b=c, 'd' (1).txt", "text/plain"],
  ["back\\slash.txt", "text/plain"],
  ["größe 名前 \u{1f600}.png", "image/png"],
  ["new\nline.txt", "text/plain"],
  ["no extension", OCTETS],
  ['say "hi".txt', "text/plain"],
];

/** Files that a script makes, as a page does with dropped data. */
const MADE_FILES: readonly (readonly [name: string, type: string])[] = [
  ["folder/a.txt", "text/plain"],
  ["C:\\folder\\a.txt", "text/plain;charset=utf-8"],
  ["\ud800 alone.bin", "x/y"],
  ["\r\n.txt", "text/plain"],
  ["x".repeat(1000), ""],
  ["\u202eright to left", OCTETS],
];

const madeFiles: BrowserForm = {
  id: "files that a script made",
  html: `<input type="file" name="f" multiple><button>Go</button>`,
  async submit(page) {
    await page.evaluate(`{
      const transfer = new DataTransfer();
      for (const [name, type] of ${JSON.stringify(MADE_FILES)}) {
        transfer.items.add(new File([name.length], name, { type }));
      }
      document.querySelector("[type=file]").files = transfer.files;
    }`);
    await press(page);
  },
  expected: MADE_FILES.map(([name, type]) => [
    "f",
    name.toWellFormed(),
    type.split(";")[0] || OCTETS,
    utf8(`${name.length}`),
  ]),
};

/** Forms that need only the page. */
export const pageForms: readonly BrowserForm[] = [
  controls,
  image,
  charset,
  madeFiles,
];

/** Forms that need files on the disk. */
export function diskForms(folder: () => Promise<string>): BrowserForm[] {
  return [
    {
      id: "files with odd names",
      html: `<input type="file" name="f" multiple><button>Go</button>`,
      async submit(page) {
        const within = await folder();
        await choose(page, ...FILES.map(([name]) => join(within, name)));
        await press(page);
      },
      expected: FILES.map(([name, type]) => ["f", name, type, utf8(name)]),
    },
    {
      id: "one file of 1 MiB",
      html: `<input type="file" name="f"><button>Go</button>`,
      async submit(page) {
        await choose(page, join(await folder(), "large", "1.bin"));
        await press(page);
      },
      expected: [["f", "1.bin", OCTETS, LARGE]],
    },
    {
      id: "a folder",
      html: `<input type="file" name="f" webkitdirectory><button>Go</button>`,
      async submit(page) {
        await choose(page, join(await folder(), "large"));
        // The browser lists the folder's files asynchronously.
        await page.waitForFunction(
          `document.querySelector("input").files.length > 0`,
        );
        await press(page);
      },
      expected: [["f", "large/1.bin", OCTETS, LARGE]],
    },
  ];
}

const LARGE = randomBytes(1024 * 1024);

/** The files on the disk, for the time of the tests. */
export class FormFiles {
  #made: Promise<string> | undefined;

  folder(): Promise<string> {
    return this.#made ??= this.#make();
  }

  async stop(): Promise<void> {
    if (this.#made) await removeFolder(await this.#made);
  }

  async #make(): Promise<string> {
    const folder = await makeFolder();
    const files = FILES.map(([name]) => [name, utf8(name)] as const);
    for (const [name, body] of [...files, ["large/1.bin", LARGE] as const]) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), body);
    }
    return folder;
  }
}

async function choose(page: Page, ...paths: string[]): Promise<void> {
  const input = await page.$("input[type=file]");
  await input?.uploadFile(...paths);
}

/** Presses the form's button. */
export function press(page: Page): Promise<unknown> {
  return page.evaluate(`document.querySelector("button:not([type])").click()`);
}
