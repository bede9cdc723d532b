import { loadPeer } from "../load_peer.ts";
import { measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import {
  BOUNDARY,
  closeDelimiter,
  concat,
  CRLF,
  formPart,
  utf8,
} from "../reading/body.ts";
import type { LoopbackServer } from "./compare.ts";

/** What autocannon says. */
interface Load {
  readonly "2xx": number;
  readonly non2xx: number;
  readonly errors: number;
  readonly duration: number;
}

interface Autocannon {
  default(options: {
    url: string;
    method: "POST";
    headers: Record<string, string>;
    body: string;
    connections: number;
    duration: number;
  }): PromiseLike<Load>;
}

const FIELDS = 5;
const VALUE = "v".repeat(300);

/** Five fields, 2 KiB in all with their heads. */
function smallForm(): string {
  const pieces = Array.from(
    { length: FIELDS },
    (_, index) => [formPart(`field${index}`), utf8(VALUE), CRLF],
  ).flat();
  return new TextDecoder().decode(concat([...pieces, closeDelimiter()]));
}

/** How many small forms a server reads in a second. */
export async function compareRequests(
  servers: readonly LoopbackServer[],
  { isQuick }: MeasureSettings,
): Promise<Measured> {
  const { default: autocannon } = await loadPeer<Autocannon>("autocannon");
  const headers = {
    "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
  };
  const body = smallForm();
  const fire = async (url: string): Promise<Load> => {
    const answer = await fetch(url, { method: "POST", headers, body });
    const text = await answer.text();
    if (text !== String(FIELDS * VALUE.length)) throw new Error(text);
    return await autocannon({
      url,
      method: "POST",
      headers,
      body,
      connections: 16,
      duration: isQuick ? 1 : 2,
    });
  };
  // Deno 2.9 resets connections under this load, whatever reads the body.
  let resets = 0;
  const timings = await measure({
    input: undefined,
    contenders: servers.map(({ name, family, server }) => ({
      name,
      family,
      load: () => Promise.resolve(() => fire(server.url)),
    })),
    check({ non2xx, errors }) {
      resets += errors;
      return non2xx === 0 ? undefined : `${non2xx} refused`;
    },
    timeOf: (load) => load.duration * 1000 / load["2xx"],
    rounds: isQuick ? 1 : 3,
    budget: Infinity,
  });
  return {
    title: `A form of ${FIELDS} fields, ${body.length} bytes, over loopback`,
    unit: "requests",
    bytes: body.length,
    parts: 1,
    timings,
    values: { "connections reset, all servers": resets },
  };
}
