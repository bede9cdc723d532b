import { MultipartError, type MultipartLimits } from "@tributary/multipart";
import { hasValidHost } from "../valid_host.ts";
import { LastRequest } from "./last_request.ts";
import { liveView } from "./live_view.ts";
import { problem } from "./problem.ts";
import { receive } from "./receive.ts";
import type { Store } from "./store.ts";
import { storedFile } from "./stored_file.ts";
import { UploadsOnTheWay } from "./uploads_on_the_way.ts";

type Answer = (request: Request) => Response | Promise<Response>;

/** What {@linkcode uploadHandler} needs. */
export interface UploadOptions {
  store: Store;
  /** Answers with one of the page's files, `index.html` for example. */
  page(request: Request, file: string): Promise<Response>;
  /** Answers to all below `/live`; made here if it is not given. */
  live?: Answer;
  /** How many bytes of memory the server has, where its runtime tells. */
  memory?(): number;
  /** What a request may hold, where the defaults do not suit. */
  limits?: MultipartLimits;
}

/** What the page is made of, beside `index.html`. */
const PAGE_FILES = [
  "base.css",
  "code.css",
  "inspect.css",
  "live.css",
  "raw.css",
  "uploads.css",
  "bytes.js",
  "drop.js",
  "feeds.js",
  "fingerprint.js",
  "format.js",
  "live.js",
  "main.js",
  "pace.js",
  "pieces.js",
  "progress.js",
  "provoke.css",
  "provoke.js",
  "raw.js",
  "river.js",
  "test_card.js",
  "ticker.js",
  "upload.js",
  "uploads.js",
  "vitals.js",
];

const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": [
    "default-src 'self'",
    // A preview is a blob: URL, the icon a data: URL.
    "img-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
};

/**
 * The inspector is a file that runs on its own: it can fetch nothing, so what is
 * pasted into it stays there. Which script may run, its own policy says.
 */
const INSPECTOR_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Makes the upload server: it takes a `Request` and gives a `Response`, so the
 * same one runs under Deno, Bun, Node and in a Worker.
 *
 * All who reach it see the live picture and the beginning of the last upload: it
 * shows what the library does, and wants a login before it holds anything else.
 *
 * @param options The store, the page and the limits.
 * @returns What Deno.serve, Bun.serve and Workers call for each request.
 */
export function uploadHandler(
  options: UploadOptions,
): (request: Request) => Promise<Response> {
  const routes = routesOf(options);
  return async (request) => {
    const response = await route(request, routes).catch(failure);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    return response;
  };
}

/** What answers, by path and method. */
function routesOf(
  { store, page, limits, memory, live = liveView() }: UploadOptions,
): Map<string, Record<string, Answer>> {
  const onTheWay = new UploadsOnTheWay();
  const last = new LastRequest();
  let received = 0;

  async function upload(request: Request): Promise<Response> {
    using running = onTheWay.begin(request);
    const record = last.record(request);
    const response = await receive(request, store, limits, {
      begin: record.begin,
      chunk(chunk) {
        running.received += chunk.length;
        received += chunk.length;
        record.chunk(chunk);
      },
      broken: record.breakOff,
      file: (soFar) => void (running.file = soFar),
    }).then((upload) => Response.json(upload)).catch(failure);
    record.end(response.status);
    return response;
  }

  function pageFile(file: string): Record<string, Answer> {
    const answer = (request: Request) => page(request, file);
    return { GET: answer, HEAD: answer };
  }

  async function inspector(request: Request): Promise<Response> {
    const response = await page(request, "inspector.html")
      .catch(() => undefined);
    if (response === undefined || response.status === 404) {
      return problem(
        404,
        "not-built",
        "The inspector is not built: run npm run inspector",
      );
    }
    response.headers.set("content-security-policy", INSPECTOR_POLICY);
    return response;
  }

  return new Map<string, Record<string, Answer>>([
    ["/inspector", { GET: inspector, HEAD: inspector }],
    ["/", { ...pageFile("index.html"), PUT: upload }],
    ["/upload", { POST: upload, PUT: upload }],
    ["/progress", { GET: (request) => onTheWay.answer(request) }],
    ["/vitals", {
      GET: () =>
        Response.json({ received, memory: memory?.() ?? null }, {
          headers: { "cache-control": "no-store" },
        }),
    }],
    // A name follows this path.
    [FILES, {
      GET: (request) => storedFile(request, store, nameIn(request)),
      HEAD: (request) => storedFile(request, store, nameIn(request)),
    }],
    ["/raw", { GET: (request) => last.answer(request) }],
    ["/live", { GET: live, POST: live, PUT: live }],
    ["/live/status", { GET: live }],
    ...PAGE_FILES.map((file) => [`/${file}`, pageFile(file)] as const),
  ]);
}

/** The path below which the stored files are. */
const FILES = "/files/";

/** The path of a request, or the part of it by which it is answered. */
function routeOf(request: Request): string {
  const path = URL.parse(request.url)?.pathname ?? "";
  return path.startsWith(FILES) ? FILES : path;
}

/** The name after the path of the stored files; "" if it is malformed. */
function nameIn(request: Request): string {
  try {
    return decodeURIComponent(
      new URL(request.url).pathname.slice(FILES.length),
    );
  } catch {
    return "";
  }
}

async function route(
  request: Request,
  routes: Map<string, Record<string, Answer>>,
): Promise<Response> {
  if (!hasValidHost(request.headers)) {
    return problem(400, "invalid-host", "Host is not the name of a host");
  }
  const answers = routes.get(routeOf(request));
  if (answers === undefined) {
    return problem(404, "not-found", "There is nothing here");
  }
  const answer = Object.hasOwn(answers, request.method)
    ? answers[request.method]
    : undefined;
  if (answer === undefined) {
    const allow = Object.keys(answers).join(", ");
    const response = problem(405, "method-not-allowed", `Use ${allow} here`);
    response.headers.set("allow", allow);
    return response;
  }
  if (!/^(GET|HEAD)$/.test(request.method) && comesFromAnotherSite(request)) {
    return problem(403, "cross-site", "Other sites cannot upload here");
  }
  return await answer(request);
}

/** Any page may send a form anywhere, and browsers say from where. */
function comesFromAnotherSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site === "cross-site" || site === "same-site";
}

function failure(error: unknown): Response {
  // The library's errors know their status: 400, 413, 415 or 431.
  if (error instanceof MultipartError) {
    return problem(error.status, error.code, error.message, error.offset);
  }
  // A client that hangs up comes here too, since its body's stream fails.
  console.error(`Cannot take an upload: ${error}`);
  return problem(500, "not-stored", "The server could not store the upload");
}
