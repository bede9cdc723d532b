/**
 * Why a bar is hard to reach: what the profiles show, and what was tried. The
 * report prints a note where its bar is missed.
 */

/** A note on a workload, or on some of its runtimes. */
interface Note {
  readonly workload: string;
  /** All of them, if none is named. */
  readonly runtimes?: readonly string[];
  readonly text: string;
}

const notes: readonly Note[] = [
  {
    workload: "large-file",
    runtimes: ["bun"],
    text: `@fastify/busboy searches with Buffer's \`indexOf\`, which Bun runs in
SIMD at some 60 GB/s; a loop in JavaScript that looks at 4 of every 36 bytes
comes to 45. \`Buffer\` is not part of the Web platform, the same call runs at
0.3 GB/s on Deno, and no feature tells the two apart. Tried: pairs and triples
of bytes, two and four chains of Horspool's search, the native search for CR.`,
  },
  {
    workload: "small-chunks",
    text: `Most of the time is the stream's own: the figures below its table say
what the chunks take with no parser behind them, and what they take when an
async generator hands them on. An async iterator costs a promise a chunk and a
second turn of the microtask queue; multipasta is given its chunks by a loop,
as the parser alone is in the other row. By Node's profile a quarter of the
parser's time is the search, and half is streams and microtasks. Tried: one
closure for all chunks (4 percent), no look for data that cannot be there (lost
in the noise). Not done: asking for several chunks at once, since they would be
read ahead.`,
  },
  {
    workload: "100-files",
    runtimes: ["bun"],
    text: "As with the large file.",
  },
  {
    workload: "20000-fields",
    text: `By the profile there is no peak any more: on Bun 29 percent is making
short strings of bytes (a \`TextDecoder\` would be faster there, and slower on
Node and Deno), 9 percent making views, the rest spread over parser, promises
and the four objects a part. Bun's \`formData()\` is C++ from end to end. Tried:
strings from a table of characters, and by \`apply\`.`,
  },
  {
    workload: "5000-files",
    text: `What a part costs besides its bytes: promises for the part, its chunk
and its end. With no stream and no iterator the parser takes two thirds of the
time. Bun's \`formData()\`, which is C++, is the peer there.`,
  },
  {
    workload: "hostile-tails",
    text: `Each stretch of this body is a delimiter without its first byte, so
that no filter can rule out anything; what remains is one look for each
delimiter's length, in four chains. Tried: to leap by the byte behind alone,
which is a sixth faster here, and would go byte by byte through a body that
repeats the boundary's last character.`,
  },
  {
    workload: "hostile-short-boundary",
    text: `A delimiter of 5 bytes can stand between any two looks that are
further than 5 bytes apart, and one of 40 bytes only between looks that are
eight times as far: the figure compares the two. A look takes 0.7 to 1 ns.`,
  },
  {
    workload: "write-stream",
    text: `One more promise a chunk than the identity stream; the difference is
0.1 to 0.2 µs a chunk of 64 KiB, whatever its size.`,
  },
  {
    workload: "write-fields",
    text: `Two fifths of the time on Node are spent collecting garbage: a form's
fields are objects until they are written. Heads are made only when they are
written, which took a fifth off. Bun's own FormData is C++.`,
  },
  {
    workload: "base64-decode",
    text: `The runtime's decoder takes a string, and bytes have to become one
first: the second bar is what the job takes with the runtime's own means, and
chunks, skipped characters and lines come on top. Node 24 has no
\`setFromBase64\`, so that the loop is JavaScript there.`,
  },
  {
    workload: "base64-encode",
    text: `The runtime's encoder makes one long string without the lines that
RFC 2045 asks for; breaking it up and making bytes of it takes longer than the
loop here.`,
  },
  {
    workload: "upload-sink",
    text: `Curl and the server share the machine's two cores, so that runs
differ by more than the bar. Draining never looks at the bytes; to fetch 512 MiB
from memory for the search should take some 25 ms.`,
  },
  {
    workload: "upload-disk",
    text: `The disk and the page cache decide, and runs differ by more than the
bar.`,
  },
  {
    workload: "small-form",
    runtimes: ["bun"],
    text: "Bun's `formData()` is C++ from end to end.",
  },
  {
    workload: "small-form-memory",
    runtimes: ["bun"],
    text: "Bun's `formData()` is C++ from end to end.",
  },
];

/** The note on a workload that misses its bar on `runtime`, if there is one. */
export function noteOn(workload: string, runtime: string): string | undefined {
  return notes.find((note) =>
    note.workload === workload && (note.runtimes?.includes(runtime) ?? true)
  )?.text;
}
