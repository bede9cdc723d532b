/**
 * The code around a block that the document does not show. Blocks that are not
 * listed here are whole programs.
 */
export interface Surroundings {
  /** Declares what the block uses. */
  before: string;
  /** Throws if the block did not do what the document says. */
  after: string;
  /**
   * Replaces `after` when the form is sent as another multipart. Prints the
   * response's status, unless the block throws.
   */
  refused?: string;
}

/** Blocks that read a server's response, whichever multipart it is. */
export const answerReaders: readonly string[] = [
  "docs/coming_from_aiohttp.md > Coming from aiohttp",
  "docs/recipes.md > Read nested multiparts",
  "docs/live_pictures.md > Watch a camera",
  "docs/ranges.md > Ask for several ranges",
  "docs/protocols.md > Retrieve a study",
  "docs/protocols.md > OData batches",
  "docs/protocols.md > Read a message",
];
/** A form with a field and a file, as a block's `request`. */
const formRequest = `
      import { postForm } from "./post_form.ts";

      const form = new FormData();
      form.append("title", "River");
      form.append("map", new File(["<svg/>"], "../map.svg"));
      const request = await postForm(form);`;

/** A file of 9 MiB, as a block's `part`. */
const filePart = `
      import { MultipartReader } from "@tributary/multipart";

      const form = new FormData();
      form.append("film", new File([new Uint8Array(9 << 20)], "film.mp4"));
      const reader = MultipartReader.from(new Response(form));
      const { value: part } = await reader.next();
      if (part === undefined) throw new Error("no part");`;

/** A form with these entries as a block's `request`, and a folder `uploads`. */
function uploadOf(...entries: readonly string[]): string {
  return `
      import { postForm } from "./post_form.ts";

      if (import.meta.dirname !== undefined) Deno.chdir(import.meta.dirname);
      Deno.mkdirSync("uploads");
      const body = new FormData();
      const picture = new File(["<svg/>"], "a.svg", { type: "image/svg+xml" });
      ${entries.join("\n      ")}
      const request = await postForm(body);`;
}

const title = 'body.append("title", "River");';

/** Appends a picture. */
function picture(name: string): string {
  return `body.append("${name}", picture);`;
}

/** The key is the document and the heading of the block. */
export const around: Record<string, Surroundings> = {
  "docs/forms.md > Take a form": {
    before: uploadOf(title, picture("scans"), picture("scans")),
    after: `
      if (form.title !== "River" || form.scans.length !== 2) throw new Error();
      if ([...Deno.readDirSync("uploads")].length !== 2) throw new Error();`,
  },
  "docs/forms.md > What to do with the files": {
    before: uploadOf(picture("scans"), picture("scans")) + `
      const record = (_scans: unknown[]) => Promise.reject(new Error("down"));`,
    refused: `
      await upload(request);`,
    after: `
      const error = await upload(request).catch(({ message }) => message);
      if (error !== "down") throw new Error(error);
      if ([...Deno.readDirSync("uploads")].length > 0) throw new Error();`,
  },
  "docs/limits_and_errors.md > Limits": {
    before: uploadOf(title, picture("map")),
    after: `
      if (title !== "River" || map.size !== 6) throw new Error();`,
  },
  "docs/forms.md > Look at the bytes": {
    before: `
      import { postForm } from "./post_form.ts";

      const body = new FormData();
      body.append("photo", new File(["\\u0089PNG"].map((text) =>
        Uint8Array.from(text, (character) => character.charCodeAt(0))
      ), "a.png"));
      const request = await postForm(body);`,
    after: `
      if (photo.size !== 4) throw new Error();`,
  },
  "docs/forms.md > Store files elsewhere": {
    before: uploadOf(picture("scan")) + `
      const kept = new Map<string, string>();
      const bucket = {
        delete: (key: string) => kept.delete(key),
        async put(key: string, body: BodyInit, _options: object) {
          kept.set(key, await new Response(body).text());
        },
      };`,
    after: `
      if (kept.get(scan) !== "<svg/>") throw new Error(scan);`,
  },
  "docs/forms.md > Check values with a schema": {
    before: `
      import { postForm } from "./post_form.ts";

      const body = new FormData();
      body.append("year", "1984");
      const request = await postForm(body);`,
    after: `
      if (form.year !== 1984) throw new Error();`,
  },
  'docs/coming_from.md > `upload.single("avatar")`': {
    before: uploadOf(title, picture("avatar")),
    after: `
      if (avatar.size !== 6) throw new Error();`,
  },
  'docs/coming_from.md > `upload.array("photos", 12)`, with `limits` and `fileFilter`':
    {
      before: uploadOf(picture("photos"), picture("photos")),
      after: `
      if (!photos[1]?.path.endsWith(".svg")) throw new Error();`,
    },
  "docs/coming_from.md > `fileFilter` with `cb(null, false)`": {
    before: uploadOf(
      picture("photos"),
      'body.append("photos", new File(["a"], "a.txt", { type: "text/plain" }));',
    ),
    after: `
      if (photos.length !== 2 || photos[1] !== undefined) throw new Error();
      if ([...Deno.readDirSync("uploads")].length !== 1) throw new Error();`,
  },
  "docs/coming_from.md > `upload.fields([...])`, in memory": {
    before: uploadOf(picture("gallery")),
    after: `
      if (avatar !== undefined || gallery.length !== 1) throw new Error();`,
  },
  "docs/coming_from.md > `upload.none()`": {
    before: uploadOf(title),
    after: `
      if (title !== "River") throw new Error();`,
  },
  "docs/coming_from.md > `upload.any()`": {
    before: uploadOf(title, picture("any")),
    after: "",
  },
  "docs/coming_from.md > `diskStorage({ destination, filename })`": {
    before: uploadOf(picture("avatar")),
    after: `
      const [entry, ...others] = Deno.readDirSync("uploads");
      if (others.length > 0 || !/^[0-9a-f-]{36}-a[.]svg$/.test(entry?.name ?? "")) {
        throw new Error(entry?.name);
      }
      if (Deno.readTextFileSync(avatar) !== "<svg/>") throw new Error(avatar);`,
  },
  "docs/coming_from.md > `uploadDir`, `keepExtensions`, `hashAlgorithm`, `multiples`":
    {
      before: uploadOf(title, picture("photos"), picture("photos")),
      after: `
      if (form.photos[1]?.hash.length !== 64) throw new Error();
      if (!form.photos[1].path.endsWith(".svg")) throw new Error();`,
    },
  "docs/coming_from.md > `filter`, `maxFiles`, `minFileSize`, `allowEmptyFiles`":
    {
      before: uploadOf(picture("photos")),
      after: `
      if (photos[0]?.size !== 6) throw new Error();`,
    },
  "docs/coming_from.md > `maxFileSize`, `maxTotalFileSize`, `maxFields`, `maxFieldsSize`":
    {
      before: uploadOf('body.append("tags", "a");', picture("photos")),
      after: `
      if (tags.join() !== "a" || photos.length !== 1) throw new Error();`,
    },
  "docs/coming_from.md > `filename`, `fileWriteStreamHandler`": {
    before: uploadOf(picture("photos")) + `
      const kept = new Map<string, number>();
      const bucket = {
        delete: (key: string) => kept.delete(key),
        writable: (key: string) =>
          new WritableStream<Uint8Array>({
            write: ({ length }) => void kept.set(key, length),
          }),
      };`,
    after: `
      if (kept.get(photos[0] ?? "") !== 6) throw new Error();`,
  },
  'docs/coming_from.md > `encoding`, `"progress"`': {
    before: uploadOf(title),
    after: `
      if (!reader.done) throw new Error();`,
  },
  "docs/coming_from.md > `limits`": {
    before: uploadOf(title, picture("photos"), picture("photos")),
    after: `
      if (title !== "River" || photos.length !== 2) throw new Error();`,
  },
  "docs/coming_from.md > `saveRequestFiles({ tmpdir })`": {
    before: uploadOf(picture("photos")),
    after: `
      if ([...Deno.readDirSync("uploads")].length > 0) throw new Error();`,
  },
  "docs/coming_from.md > `attachFieldsToBody`, `onFile`": {
    before: uploadOf(title, picture("photos"), picture("photos")),
    after: `
      if (form.title !== "River" || form.photos[1] !== 6) throw new Error();`,
  },
  "docs/coming_from.md > `request.file()`, `toBuffer()`": {
    before: uploadOf(title, picture("photos"), picture("photos")),
    after: ``,
  },
  "docs/coming_from.md > `isPartAFile`": {
    before: uploadOf(title, picture("photos"), picture("photos")),
    after: ``,
  },
  "README.md > Tributary": {
    before: uploadOf(title, picture("photos"), picture("photos")),
    refused: `
      await upload(request);`,
    after: `
      const told = await (await upload(request)).json();
      if (told.title !== "River") throw new Error("title");
      if (told.sizes.join() !== "6,6") throw new Error("sizes");
      if ([...Deno.readDirSync("uploads")].length !== 2) throw new Error();`,
  },
  "docs/reading.md > Reading": {
    before: `
      import { postForm } from "./post_form.ts";

      const form = new FormData();
      form.append("title", "River");
      form.append("map", new File(["<svg/>"], "map.svg"));
      const request = await postForm(form);
      const fields = new Map<string | undefined, string>();
      const written: string[] = [];
      function openSink(name: string): Promise<WritableStream<Uint8Array>> {
        const text = new TextDecoder();
        return Promise.resolve(new WritableStream({
          write: (chunk) => void written.push(name, text.decode(chunk)),
        }));
      }`,
    after: `
      const told = [...fields, written].join(" ");
      if (told !== "title,River map.svg,<svg/>") throw new Error(told);`,
  },
  "docs/writing.md > Writing": {
    before: `
      const file = new File(["Oslo"], "city.txt", { type: "text/plain" });
      const sent: FormData[] = [];
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        async (request) => {
          sent.push(await request.formData());
          return new Response();
        },
      );
      const url = \`http://127.0.0.1:\${server.addr.port}/\`;`,
    after: `
      await server.shutdown();
      const upload = sent[0]?.get("upload");
      if (sent[0]?.get("greeting") !== "hello") throw new Error("greeting");
      if (!(upload instanceof File)) throw new Error("no file");
      const told = [upload.name, upload.type, await upload.text()].join();
      if (told !== "city.txt,text/plain,Oslo") throw new Error(told);`,
  },
  "docs/coming_from_aiohttp.md > Coming from aiohttp": {
    before: `
      import { MultipartWriter } from "@tributary/multipart";

      const writer = new MultipartWriter("mixed");
      writer.appendJson({ city: "Oslo" });
      writer.append("a river", { filename: "river.txt" });
      writer.append("not read");
      const fetch = (_url: string) => Promise.resolve(writer.toResponse());
      const told: unknown[] = [];
      const console = { log: (value: unknown) => told.push(value) };`,
    after: `
      const text = JSON.stringify(told);
      if (text !== '[{"city":"Oslo"},7]') throw new Error(text);`,
  },
  "docs/coming_from.md > Limits on files and fields": {
    before: `${formRequest}
      const kept: string[] = [];
      const keep = async (name: string, value: string | ReadableStream) => {
        kept.push(name, await new Response(value).text());
      };`,
    after: `
      const told = kept.join();
      if (told !== "title,River,map,<svg/>") throw new Error(told);`,
  },
  "docs/recipes.md > Save files to disk": {
    before: uploadOf(title, picture("map")),
    after: `
      if (title !== "River" || map.size !== 6) throw new Error();
      if (Deno.readTextFileSync(map.path) !== "<svg/>") throw new Error();`,
  },
  "docs/recipes.md > Save files of any name": {
    before: uploadOf(title, picture("a"), picture("b")),
    after: `
      const names = [...Deno.readDirSync("uploads")].map(({ name }) => name);
      if (names.length !== 2) throw new Error(names.join());`,
  },
  "docs/recipes.md > Store a file in R2": {
    before: `
${filePart}
      const key = "film";
      const told: unknown[] = [];
      const bucket = {
        createMultipartUpload: (name: string) => {
          told.push(name);
          return Promise.resolve({
            uploadPart: (partNumber: number, { length }: Uint8Array) =>
              Promise.resolve({ partNumber, etag: String(length) }),
            complete: (parts: { partNumber: number; etag: string }[]) => {
              for (const { partNumber, etag } of parts) {
                told.push(partNumber, etag);
              }
              return Promise.resolve();
            },
            abort: () => Promise.resolve(),
          });
        },
      };`,
    after: `
      const text = told.join();
      if (text !== "film,1,8388608,2,1048576") throw new Error(text);`,
  },
  "docs/recipes.md > Store a file in S3": {
    before: `${filePart}
      const told: unknown[] = [];
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        async (request) => {
          const { search } = new URL(request.url);
          const { length } = new Uint8Array(await request.clone().arrayBuffer());
          const text = length < 1000 ? await request.text() : length;
          told.push([request.method, search, text].join(" "));
          const body = search === "?uploads" ? "<UploadId>u</UploadId>" : "";
          return new Response(body, { headers: { etag: '"' + told.length + '"' } });
        },
      );
      const object = \`http://127.0.0.1:\${server.addr.port}/films/film\`;
      const s3 = { fetch };`,
    after: `
      await server.shutdown();
      const expected = [
        "POST ?uploads ",
        "PUT ?partNumber=1&uploadId=u 8388608",
        "PUT ?partNumber=2&uploadId=u 1048576",
        "POST ?uploadId=u <CompleteMultipartUpload>" +
          '<Part><PartNumber>1</PartNumber><ETag>"2"</ETag></Part>' +
          '<Part><PartNumber>2</PartNumber><ETag>"3"</ETag></Part>' +
          "</CompleteMultipartUpload>",
      ];
      if (told.join() !== expected.join()) throw new Error(told.join());`,
  },
  "docs/recipes.md > Test an upload handler": {
    before: `
      import { file, field, readForm } from "@tributary/multipart";

      const told: unknown[] = [];
      const upload = async (request: Request) => {
        const shape = { title: field(), map: file() };
        const { title, map } = await readForm(request, shape);
        told.push(title, map.name, map.type, map.size);
        return new Response();
      };`,
    after: `
      const text = told.join();
      if (text !== "River,map.svg,image/svg+xml,6") throw new Error(text);`,
  },
  "docs/recipes.md > Forward a form": {
    before: `${formRequest}
      const server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        async (request) => {
          const form = await request.formData();
          const { map } = Object.fromEntries(form);
          const text = map instanceof File ? await map.text() : "no file";
          return new Response(form.get("title") + text);
        },
      );
      const upstream = \`http://127.0.0.1:\${server.addr.port}/\`;`,
    after: `
      const told = await response.text();
      await server.shutdown();
      if (told !== "River<svg/>") throw new Error(told);`,
  },
  "docs/recipes.md > Limit a public server": {
    before: `
      import { postForm } from "./post_form.ts";

      if (import.meta.dirname !== undefined) Deno.chdir(import.meta.dirname);
      Deno.mkdirSync("uploads");
      const send = async (form: FormData) => handle(await postForm(form));`,
    refused: `
      console.log((await send(new FormData())).status);`,
    after: `
      const form = new FormData();
      form.append("title", "River");
      form.append("map", new File(["<svg/>"], "../map.svg"));
      const told = await (await send(form)).text();
      if (told !== '{"title":"River","filename":"map.svg","size":6}') {
        throw new Error(told);
      }
      form.set("title", "x".repeat(64 * 1024 + 1));
      const { status } = await send(form);
      if (status !== 413) throw new Error(String(status));
      if ([...Deno.readDirSync("uploads")].length !== 1) throw new Error();
      AbortSignal.timeout = () => AbortSignal.abort(new DOMException("", "TimeoutError"));
      const late = await send(form);
      if (late.status !== 408) throw new Error(String(late.status));`,
  },
  "docs/recipes.md > Show progress": {
    before: `
      import { postForm } from "./post_form.ts";

      const form = new FormData();
      form.append("a", "1");
      const length = (await new Response(form).arrayBuffer()).byteLength;
      const headers = { "content-length": String(length) };
      const request = await postForm(form, headers);
      const told: unknown[] = [];
      const store = (chunk: Uint8Array) => void told.push(chunk.length);
      const report = (...numbers: number[]) => void told.push(...numbers);`,
    after: `
      const expected = [1, length, length].join();
      if (told.join() !== expected) throw new Error(told.join());`,
  },
  "docs/recipes.md > Authenticate first": {
    before: `
      import type { PartReader } from "@tributary/multipart";
      import { postForm } from "./post_form.ts";

      const isKnown = (field: string | null) => Promise.resolve(field === "me");
      const stored: string[] = [];
      const store = async (part: PartReader) => {
        stored.push(await part.text());
      };`,
    refused: `
      await handle(await postForm(new FormData(), { authorization: "me" }));`,
    after: `
      const send = async (headers: Record<string, string>) => {
        const body = new FormData();
        body.append("title", "River");
        return handle(await postForm(body, headers));
      };
      const answers = [
        await send({}),
        await send({ authorization: "me", "content-length": "99999999" }),
        await send({ authorization: "me" }),
      ];
      const told = [...answers.map(({ status }) => status), ...stored].join();
      if (told !== "403,413,204,River") throw new Error(told);`,
  },
  "docs/recipes.md > Read nested multiparts": {
    before: `
      import { MultipartWriter } from "@tributary/multipart";

      const inner = new MultipartWriter("alternative");
      inner.append("Oslo");
      const outer = new MultipartWriter("mixed");
      outer.append("a river");
      outer.append(inner);
      const response = outer.toResponse();
      const told: string[] = [];
      const console = { log: (...values: string[]) => told.push(...values) };`,
    after: `
      const expected = "0,text/plain,a river,1.0,text/plain,Oslo";
      if (told.join() !== expected) throw new Error(told.join());`,
  },
  "docs/recipes.md > Write nested multiparts": {
    before: `
      import { MultipartReader } from "@tributary/multipart";

      const picture = new Uint8Array(3);`,
    after: `
      const told: unknown[] = [];
      for await (const leaf of MultipartReader.from(response).walk()) {
        told.push(leaf.path.join("."), leaf.mediaType, leaf.filename);
        told.push((await leaf.bytes()).length);
      }
      const expected = "0.0,text/plain,,21,0.1,text/html,,28,1,image/jpeg,oslo.jpg,3";
      if (told.join() !== expected) throw new Error(told.join());`,
  },
  "docs/recipes.md > Decode base64 and gzip": {
    before: `
      import { MultipartWriter } from "@tributary/multipart";
      import { postForm } from "./post_form.ts";

      const writer = new MultipartWriter("form-data");
      writer.append("Oslo", { name: "a", transferEncoding: "base64" });
      writer.append("Bergen", { name: "b", contentEncoding: "gzip" });
      const request = await postForm(writer.toResponse());
      const stored: Record<string, string> = {};
      const store = (name = "", chunk: Uint8Array) => {
        stored[name] = (stored[name] ?? "") + new TextDecoder().decode(chunk);
      };`,
    after: `
      const told = JSON.stringify(stored);
      if (told !== '{"a":"Oslo","b":"Bergen"}') throw new Error(told);`,
  },
  "docs/live_pictures.md > Send a live picture": {
    before: `
      import { MultipartReader } from "@tributary/multipart";`,
    after: `
      const viewer = handle(new Request("http://localhost/"));
      const reader = MultipartReader.from(viewer);
      const first = reader.next();
      async function* camera() {
        yield new Uint8Array([1, 2, 3]);
      }
      const done = run(camera());
      const { value: frame } = await first;
      const told = [frame?.mediaType, ...(await frame?.bytes() ?? [])].join();
      await done;
      if (told !== "image/jpeg,1,2,3") throw new Error(told);`,
  },
  "docs/live_pictures.md > Watch a camera": {
    before: `
      import { mixedReplace } from "@tributary/multipart";

      async function* frames() {
        for (let index = 1;; index++) yield new Uint8Array([index]);
      }
      const fetch = (_url: string) => Promise.resolve(mixedReplace(frames()));
      const shown: number[] = [];
      const show = ([first]: Uint8Array) => shown.push(first) === 3;`,
    after: `
      if (shown.join() !== "1,2,3") throw new Error(shown.join());`,
  },
  "docs/ranges.md > Answer with ranges": {
    before: `
      const bytes = new TextEncoder().encode("0123456789");
      const film = {
        size: 10,
        type: "video/mp4",
        etag: '"v1"',
        open: (start: number, end: number) => bytes.slice(start, end),
      };`,
    after: `
      const headers = { range: "bytes=7-" };
      const answer = handle(new Request("http://localhost/", { headers }));
      const told = answer.status + await answer.text();
      if (told !== "206789") throw new Error(told);`,
  },
  "docs/ranges.md > On Node, with or without Express": {
    before: `
      import { createServer } from "node:http";

      const path = \`\${import.meta.dirname}/film.mp4\`;
      Deno.writeTextFileSync(path, "0123456789");`,
    after: `
      const server = createServer(sendFilm).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const address = server.address();
      const port = typeof address === "object" ? address?.port : undefined;
      const url = \`http://127.0.0.1:\${port}/\`;
      const told: unknown[] = [];
      const send = async (init: RequestInit) => {
        const answer = await fetch(url, init);
        told.push(answer.status, await answer.text());
        return answer.headers.get("last-modified") ?? "";
      };
      const modified = await send({ headers: { range: "bytes=7-8" } });
      await send({ headers: { "if-modified-since": modified } });
      await send({ method: "HEAD" });
      await send({});
      server.close();
      const text = told.join();
      if (text !== "206,78,304,,200,,200,0123456789") throw new Error(text);`,
  },
  "docs/ranges.md > Ask for several ranges": {
    before: `
      import { byteRanges } from "@tributary/multipart";

      const film = new Blob(["0123456789abcdef"], { type: "video/mp4" });
      const fetch = (url: string, init: RequestInit) =>
        Promise.resolve(byteRanges(new Request(url, init), film));
      const told: unknown[] = [];
      const put = (start: number, bytes: Uint8Array) =>
        told.push(start, new TextDecoder().decode(bytes));`,
    after: `
      if (told.join() !== "0,0123,8,89ab") throw new Error(told.join());`,
  },
  "docs/protocols.md > Store instances": {
    before: `
      import { MultipartReader } from "@tributary/multipart";

      const server = "http://localhost";
      const files = [new Blob(["a"]), new Blob(["bc"])];
      const sent: unknown[] = [];
      const fetch = async (url: string, init: RequestInit) => {
        const request = new Request(url, init);
        sent.push(request.url, request.headers.get("accept"));
        const reader = MultipartReader.from(request, { accept: "related" });
        sent.push(reader.parameters.get("type"));
        for await (const part of reader) {
          sent.push(part.mediaType, await part.text());
        }
        return Response.json({});
      };`,
    after: `
      const expected = "http://localhost/studies,application/dicom+json," +
        "application/dicom,application/dicom,a,application/dicom,bc";
      if (sent.join() !== expected) throw new Error(sent.join());`,
  },
  "docs/protocols.md > Retrieve a study": {
    before: `
      import { MultipartWriter } from "@tributary/multipart";

      const folder = import.meta.dirname ?? ".";
      const study = "http://localhost/studies/1.2.3";
      const fetch = (url: string, init: RequestInit) => {
        const { headers } = new Request(url, init);
        const asked = headers.get("accept") ?? "";
        if (!/^multipart\\/related; type="application\\/dicom"/.test(asked)) {
          throw new Error(asked);
        }
        const writer = new MultipartWriter("related");
        writer.append("a");
        writer.append("bc");
        return Promise.resolve(writer.toResponse());
      };`,
    after: `
      const saved = [0, 1].map((index) =>
        Deno.readTextFileSync(\`\${folder}/\${index}.dcm\`)
      );
      if (saved.join() !== "a,bc") throw new Error(saved.join());`,
  },
  "docs/protocols.md > OData batches": {
    before: `
      const service = "http://localhost/odata";
      const shown: string[] = [];
      const show = (text: string) => shown.push(text);
      const fetch = (url: string, init: RequestInit) => {
        // It answers with the batch itself.
        const request = new Request(url, init);
        const { headers, body } = request;
        return Promise.resolve(new Response(body, { headers }));
      };`,
    after: `
      const [get, post, ...others] = shown;
      if (get !== "GET Rivers HTTP/1.1\\r\\n\\r\\n") throw new Error(get);
      if (!post?.startsWith("POST Rivers HTTP/1.1\\r\\n")) throw new Error(post);
      if (others.length > 0) throw new Error(others.join());`,
  },
  "docs/protocols.md > Read a message": {
    before: `
      import { MultipartWriter } from "@tributary/multipart";

      const xop = "application/xop+xml";
      const writer = new MultipartWriter("related", {
        parameters: { type: xop, start: "<b@x>" },
      });
      writer.append("before", { contentId: "a@x" });
      writer.append("<root/>", { contentId: "b@x", type: xop });
      writer.append("behind", { contentId: "c@x" });
      const response = writer.toResponse();
      const told: unknown[] = [];
      const console = { log: (...values: unknown[]) => told.push(...values) };
      const store = async (
        id: string | undefined,
        body: ReadableStream<Uint8Array<ArrayBuffer>>,
      ) => told.push(id, await new Response(body).text());`,
    after: `
      const expected = "application/xop+xml,<root/>,c@x,behind";
      if (told.join() !== expected) throw new Error(told.join());`,
  },
  "docs/protocols.md > Write a message": {
    before: `
      import { MultipartReader } from "@tributary/multipart";

      const photo = new Uint8Array(3);
      const service = "http://localhost/soap";
      const told: unknown[] = [];
      const fetch = async (url: string, init: RequestInit) => {
        const request = new Request(url, init);
        const reader = MultipartReader.from(request, { accept: "related" });
        const root = await reader.root();
        told.push(root.mediaType, /href="([^"]*)"/.exec(await root.text())?.[1]);
        for await (const { contentId, mediaType } of reader) {
          told.push(contentId, mediaType);
        }
        return new Response();
      };`,
    after: `
      const expected = "application/xop+xml,cid:cat%26dog@x,cat&dog@x,image/jpeg";
      if (told.join() !== expected || !response.ok) throw new Error(told.join());`,
  },
};
