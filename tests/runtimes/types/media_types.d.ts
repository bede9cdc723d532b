/**
 * The part of `@std/media-types` that is used here. npm's copy has no types.
 */

export function contentType(extensionOrType: string): string | undefined;
export function typeByExtension(extension: string): string | undefined;
export function extension(mimeType: string): string | undefined;
export function allExtensions(mimeType: string): string[] | undefined;
export function getCharset(
  type: string,
  parameters?: Record<string, string>,
): string | undefined;
export function parseMediaType(
  type: string,
): [mediaType: string, parameters: Record<string, string> | undefined];
export function formatMediaType(
  type: string,
  parameters?: Record<string, string> | Iterable<[string, string]>,
): string;
