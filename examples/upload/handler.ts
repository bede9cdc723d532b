import { MultipartError, type MultipartLimits } from "@tributary/multipart";
import { receive } from "./receive.ts";
import type { Store } from "./store.ts";

/** What {@linkcode uploadHandler} needs. */
export interface UploadOptions {
  store: Store;
  /** Answers with one of the page's files, `index.html` for example. */
  page(request: Request, file: string): Promise<Response>;
  /** What a request may hold, where the defaults do not suit. */
  limits?: MultipartLimits;
}

/** What each path takes: uploads by these methods, GET and HEAD for its page. */
const ROUTES = new Map<string, { uploads: string[]; page?: string }>([
  ["/", { uploads: ["PUT"], page: "index.html" }],
  ["/style.css", { uploads: [], page: "style.css" }],
  ["/upload.js", { uploads: [], page: "upload.js" }],
  ["/upload", { uploads: ["POST", "PUT"] }],
]);

const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy":
    "default-src 'self'; img-src data:; frame-ancestors 'none'",
};

/**
 * Makes the upload server: it takes a `Request` and gives a `Response`, so the
 * same one runs under Deno, Bun, Node and in a Worker.
 *
 * @param options The store, the page and the limits.
 * @returns What Deno.serve, Bun.serve and Workers call for each request.
 */
export function uploadHandler(
  options: UploadOptions,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const response = await route(request, options).catch(failure);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      response.headers.set(name, value);
    }
    return response;
  };
}

async function route(
  request: Request,
  { store, page, limits }: UploadOptions,
): Promise<Response> {
  const found = ROUTES.get(URL.parse(request.url)?.pathname ?? "");
  if (found === undefined) {
    return problem(404, "not-found", "There is nothing here");
  }
  if (found.uploads.includes(request.method)) {
    if (comesFromAnotherSite(request)) {
      return problem(403, "cross-site", "Other sites cannot upload here");
    }
    return Response.json(await receive(request, store, limits));
  }
  if (found.page !== undefined && /^(GET|HEAD)$/.test(request.method)) {
    return page(request, found.page);
  }
  const reads = found.page === undefined ? [] : ["GET", "HEAD"];
  const allow = [...reads, ...found.uploads].join(", ");
  const response = problem(405, "method-not-allowed", `Use ${allow} here`);
  response.headers.set("allow", allow);
  return response;
}

/** Any page may send a form anywhere, and browsers say from where. */
function comesFromAnotherSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  return site === "cross-site" || site === "same-site";
}

function failure(error: unknown): Response {
  // The library's errors know their status: 400, 413, 415 or 431.
  if (error instanceof MultipartError) {
    return problem(error.status, error.code, error.message);
  }
  // A client that hangs up comes here too, since its body's stream fails.
  console.error(`Cannot take an upload: ${error}`);
  return problem(500, "not-stored", "The server could not store the upload");
}

function problem(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
