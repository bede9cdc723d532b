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

/** Options of {@linkcode uploadHandler}. */
export interface UploadOptions {
  store: Store;
  /** Returns one of the page's files, such as `index.html`. */
  page(request: Request, file: string): Promise<Response>;
  /** Answers all requests below `/live`. By default, a live view made here. */
  live?: Answer;
  /**
   * Returns the server's memory in bytes. Missing if its runtime does not
   * report it.
   */
  memory?(): number;
  /** The limits of a request, if the defaults do not fit. */
  limits?: MultipartLimits;
}

/** The page's files besides `index.html`. */
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
    // A preview has a blob: URL, and the icon a data: URL.
    "img-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
};

/**
 * The inspector is a self-contained file. It cannot fetch anything, so pasted
 * data stays in it. Its own policy says which script may run.
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
 * Makes the upload server, which takes a `Request` and returns a `Response`. So
 * the same server runs on Deno, Bun, Node and in a Worker.
 *
 * Every visitor can see the live picture and the beginning of the last upload.
 * This is a demonstration of the library: add a login before you store anything
 * else.
 *
 * @param options The store, the page and the limits.
 * @returns The handler for Deno.serve, Bun.serve and Workers.
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

/** Returns the handlers by path and method. */
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

/** The path of the stored files. */
const FILES = "/files/";

/** Returns the path of a request, or the prefix that selects its handler. */
function routeOf(request: Request): string {
  const path = URL.parse(request.url)?.pathname ?? "";
  return path.startsWith(FILES) ? FILES : path;
}

/**
 * Returns the name after the path of the stored files, or "" if it is
 * malformed.
 */
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

/** Any page can send a form anywhere. Browsers say where it came from. */
function comesFromAnotherSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site === "cross-site" || site === "same-site";
}

function failure(error: unknown): Response {
  // The library's errors have a status: 400, 413, 415 or 431.
  if (error instanceof MultipartError) {
    return problem(error.status, error.code, error.message, error.offset);
  }
  // A client that hangs up also gets here, since its body's stream fails.
  console.error(`Cannot take an upload: ${error}`);
  return problem(500, "not-stored", "The server could not store the upload");
}
