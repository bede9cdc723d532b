/** What is used here of `@std/http`, which npm's copy has no types for. */

export interface ServeFileOptions {
  etagAlgorithm?: AlgorithmIdentifier;
  fileInfo?: Deno.FileInfo;
}

export interface ServeDirOptions {
  fsRoot?: string;
  urlRoot?: string;
  showDirListing?: boolean;
  showDotfiles?: boolean;
  showIndex?: boolean;
  enableCors?: boolean;
  quiet?: boolean;
  etagAlgorithm?: AlgorithmIdentifier;
  headers?: string[];
}

export function serveFile(
  request: Request,
  path: string,
  options?: ServeFileOptions,
): Promise<Response>;

export function serveDir(
  request: Request,
  options?: ServeDirOptions,
): Promise<Response>;

export function eTag(
  entity: string | Uint8Array,
  options?: { weak?: boolean; algorithm?: AlgorithmIdentifier },
): Promise<string>;
export function eTag(
  entity: string | Uint8Array | Deno.FileInfo,
  options?: { weak?: boolean; algorithm?: AlgorithmIdentifier },
): Promise<string | undefined>;

export function ifMatch(
  value: string | null,
  etag: string | undefined,
): boolean;
export function ifNoneMatch(
  value: string | null,
  etag: string | undefined,
): boolean;
