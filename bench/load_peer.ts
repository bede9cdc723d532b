/**
 * Loads a package of this folder's package.json.
 *
 * Its caller says what it is, with the few members that are used: so nothing
 * has to be installed for the types to be checked.
 */
export async function loadPeer<Module>(name: string): Promise<Module> {
  const url = import.meta.resolve(name);
  // Bun has a module of its own in the place of some, such as undici.
  return await import(
    url.startsWith("file:") ? url : `./node_modules/${name}/index.js`
  );
}
