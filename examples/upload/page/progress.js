// What the server has received of each upload so far. It is polled: a stream
// would take one of the six connections that a browser opens to an HTTP/1.1
// server, which all windows share.

const PAUSE_MS = 250;

const listeners = new Map();
let isAsking = false;

/**
 * Calls `listener` with the state of an upload, until the server forgets it.
 */
export function follow(id, listener) {
  listeners.set(id, listener);
  if (!isAsking) ask();
}

export function forget(id) {
  listeners.delete(id);
}

async function ask() {
  isAsking = true;
  while (listeners.size > 0) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const query = new URLSearchParams(
      [...listeners.keys()].map((id) => ["id", id]),
    );
    try {
      const found = await (await fetch(`progress?${query}`)).json();
      for (const [id, upload] of Object.entries(found)) {
        listeners.get(id)?.(upload);
      }
    } catch {
      // The upload itself reports that the server is unreachable.
    }
  }
  isAsking = false;
}
