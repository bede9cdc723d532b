/** The part of `@std/http` that is used here. npm's copy has no types. */

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
