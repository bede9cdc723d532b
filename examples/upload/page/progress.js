// What the server has made of each upload until now. It is asked again and
// again: a stream of its own would take one of the six connections that a
// browser opens to an HTTP/1.1 server, which all windows share.

const PAUSE_MS = 250;

const listeners = new Map();
let isAsking = false;

/** Calls `listener` with what the server has of an upload, until it is forgotten. */
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
      // The upload itself says that the server is gone.
    }
  }
  isAsking = false;
}
