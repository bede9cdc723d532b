/**
 * Loads a package of this folder's package.json.
 *
 * The caller declares the few members that it uses, so that checking the types
 * does not require the packages.
 */
export async function loadPeer<Module>(name: string): Promise<Module> {
  const url = import.meta.resolve(name);
  // Bun replaces some packages, such as undici, with its own modules.
  return await import(
    url.startsWith("file:") ? url : `./node_modules/${name}/index.js`
  );
}
