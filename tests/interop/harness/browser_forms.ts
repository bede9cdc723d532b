/** Forms that a browser posts. */
import type { Page } from "puppeteer-core";
import { utf8 } from "../../bytes.ts";
import type { SentPart } from "../composer.ts";
import type { TestBrowser } from "./browser.ts";
import { type Entry, FORM_OPTIONS, uploads } from "./entries.ts";
import {
  type BrowserForm,
  diskForms,
  type Expected,
  type FormFiles,
  pageForms,
  press,
} from "./form_pages.ts";
import type { Exchange } from "./peer.ts";
import { tellOfUpload } from "./reading.ts";

function sent(expected: readonly Expected[]): SentPart[] {
  return expected.map(([name, value, type, body], at) => ({
    path: [at],
    name,
    filename: body && value,
    type,
    headers: {},
    content: body ?? utf8(value),
  }));
}

/** Everything that a browser posts, for this reader. */
export function formPosts(browser: TestBrowser, files: FormFiles): Exchange[] {
  return [
    ...[...pageForms, ...diskForms(() => files.folder())]
      .map((form) => formPost(browser, form)),
    ...uploads((url, entries) => postForm(browser, url, entries), "<form>"),
    ...uploads(
      (url, entries) =>
        runScript(
          browser,
          url,
          entries,
          `await (await fetch("/", { method: "POST", body: form })).text()`,
        ),
      "fetch",
    ),
    ...uploads(
      (url, entries) =>
        runScript(
          browser,
          url,
          entries,
          `await new Promise((resolve, reject) => {
            const request = new XMLHttpRequest();
            request.onload = resolve;
            request.onerror = reject;
            request.open("POST", "/");
            request.send(form);
          })`,
        ),
      "XMLHttpRequest",
    ),
  ];
}

function formPost(browser: TestBrowser, form: BrowserForm): Exchange {
  const { id, html, attributes = "", expected, submit = press, read } = form;
  return {
    id,
    kind: "form-data",
    parts: sent(expected),
    tells: ["path", "file type", "order", "empty filename"],
    tell: () =>
      tellOfUpload(
        (url) =>
          browser.open(url, async (page) => {
            await page.evaluate(fillBody(html, attributes));
            await posted(page, () => submit(page));
          }),
        { ...FORM_OPTIONS, formCharset: true },
        read,
      ),
  };
}

function fillBody(html: string, attributes = ""): string {
  const form =
    `<form method="post" enctype="multipart/form-data" ${attributes}>${html}</form>`;
  return `document.body.innerHTML = ${JSON.stringify(form)}`;
}

async function posted(page: Page, act: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForNavigation(), act()]);
}

/** A script that defines `entries` in the page, each with its bytes. */
function entriesInPage(entries: readonly Entry[]): string {
  const json = JSON.stringify(entries.map(({ name, body, file }) => ({
    name,
    file,
    base64: body.toString("base64"),
  })));
  return `const entries = ${json}.map(({ name, file, base64 }) => ({
    name,
    file,
    body: Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)),
  }));`;
}

/** Makes a form control of each entry, and submits the form. */
function postForm(
  browser: TestBrowser,
  url: string,
  entries: readonly Entry[],
): Promise<void> {
  return browser.open(url, async (page) => {
    await page.evaluate(fillBody("<button>Go</button>"));
    await page.evaluate(`{
      ${entriesInPage(entries)}
      for (const { name, file, body } of entries) {
        const tag = file ? "input" : "textarea";
        const control = document.createElement(tag);
        document.querySelector("button").before(control);
        control.name = name;
        if (file) {
          const transfer = new DataTransfer();
          transfer.items.add(new File([body], file.name, { type: file.type }));
          control.type = "file";
          control.files = transfer.files;
        } else control.value = new TextDecoder().decode(body);
      }
    }`);
    await posted(page, () => press(page));
  });
}

/** Makes a FormData of the entries, and runs a script that sends it. */
function runScript(
  browser: TestBrowser,
  url: string,
  entries: readonly Entry[],
  script: string,
): Promise<unknown> {
  return browser.open(url, (page) =>
    page.evaluate(`(async () => {
      ${entriesInPage(entries)}
      const form = new FormData();
      for (const { name, file, body } of entries) {
        if (file) {
          form.append(name, new File([body], file.name, { type: file.type }));
        } else form.append(name, new TextDecoder().decode(body));
      }
      ${script};
    })()`));
}
