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
async generator hands them on. For 32,768 chunks an async iterator whose
\`next()\` returns \`read().then(f)\` takes 3 ms longer than a bare loop over
\`read()\` on Node, 1 on Deno and 3 on Bun. multipasta is given its chunks by such
a loop, as the parser alone is in the other row. On Deno's profile no function
of the parser has more than 6 percent; a fifth is garbage collection and the
engine itself. Tried: one closure for all chunks (4 percent faster); no call of
the parser when its chunk is known to be used up, which is 6 percent faster on
Node, 5 on Deno and 13 on Bun. That would not meet the bar, and would keep a
chunk in memory while the reader waits for the next. Not done: asking for several chunks at once, since they would
be read ahead.`,
  },
  {
    workload: "100-files",
    runtimes: ["node", "deno"],
    text:
      `The fastest peer is multiparty, which reads Node's \`Readable\`. Of the
peers that read the same stream the fastest takes 1.6 times as long on Node, and
2.1 times on Deno. Two thirds of the time on Node are the search, in four chains; 7
percent is garbage collection, and no other function has more than 2 percent.
The stream and its promises add a sixth on Node and a tenth on Deno: without
them the bar is met on Deno, and nearly on Node. V8 compiles the same loop to
18 GB/s on Node and to 27 on Deno. Tried, with one large file: two chains, pairs
and triples of bytes.`,
  },
  {
    workload: "100-files",
    runtimes: ["bun"],
    text: "As with the large file.",
  },
  {
    workload: "20000-fields",
    text: `The profile has no peak. On Node the parser alone takes two
thirds of the time, which is 1.8 times as fast as the fastest peer, so that the
bar cannot be met by what stands around it. Around it a field costs 0.3 µs: two
promises (its part, its text), four objects, and a view of its bytes. On Bun 29
percent is making short strings of bytes (a \`TextDecoder\` would be faster there,
and slower on Node and Deno), and 9 percent is making views. Bun's \`formData()\`
is C++. Tried: strings from a table of characters, and by \`apply\`.`,
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
delimiter's length, in four chains, at 15 GB/s on Bun. The random bytes repeat a
block of 1 MiB, which stays in the processor's cache, where the filter is fast.
With 16 MiB of random bytes that are not cached, the figure is 1.05. Tried: to leap by the byte behind alone,
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
written, which took a fifth off. On Bun the shortest time is 13 ms, 5 of which make
the parts; the median is 23 ms, because of garbage collection. The peers in
JavaScript take only 26 to 29 ms there, since they keep their fields in Bun's own
FormData, which is C++.`,
  },
  {
    workload: "base64-decode",
    text: `The runtime's decoder takes a string, and bytes have to become one
first: the second bar is what the job takes with the runtime's own means, and
chunks, skipped characters and lines come on top. Node 24 has no
\`setFromBase64\`, so that the loop is JavaScript there. Bun has it, but it
takes as long as the whole job takes here; its \`Buffer\`, which is not part of the
Web platform, decodes in SIMD, thirty times as fast.`,
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
differ by more than the bar. In three runs on Deno, with nothing else on the
machine, the shortest of four rounds took 468, 552 and 811 ms for draining, and
249, 401 and 292 for iterating over the part. Draining never looks at the bytes;
to fetch 512 MiB from memory for the search should take some 25 ms.`,
  },
  {
    workload: "upload-disk",
    text: `The disk and the page cache decide, and runs differ by more than the
bar: on Deno, in two runs with nothing else on the machine, iterating took 786
and 703 ms, busboy 1,201 and 833. Tried there:
\`Deno.writeFile(path, part.body)\` and \`part.body.pipeTo(file.writable)\`, which
write chunk by chunk and take twice as long.`,
  },
  {
    workload: "part-bytes",
    runtimes: ["bun"],
    text:
      `Before it copies, \`bytes()\` searches all of the body for a delimiter,
and \`Response.arrayBuffer()\` searches nothing. Iterating the part, which is that
search, takes 16 of the 40 ms; the copy, into one array of the final size, takes
the rest, 1.3 times what \`arrayBuffer()\` takes. On Node and Deno both spend 0.9 s
on memory that is touched for the first time, which hides the search. Tried: to
join the chunks with \`Blob\`, which takes a third longer than \`set()\`, and with
\`Bun.concatArrayBuffers()\`, which is not faster, and not portable.`,
  },
  {
    workload: "small-form",
    runtimes: ["node"],
    text:
      `Of 51 µs of the processor that a request takes, 33 are the server's and
what sends the answer; with busboy it takes 77. In the profile the library's own
functions have a sixth, garbage collection a tenth, and Node's streams some 5
percent. Tried and kept: to read Node's stream by its events instead of its
iterator, which took 6 µs off.`,
  },
  {
    workload: "small-form",
    runtimes: ["deno"],
    text:
      `The server sets the limit: to read the body with \`arrayBuffer()\`, and not
to parse it, takes 76 µs of the processor for a request, and \`formData()\` 112, so
that a parser that takes no time would come to 1.5 times native. Here it is 117
to 127, on a machine that was busy. Of them 7 are parsing; 2 to 4 go to asking
whether the body is a byte stream, since releasing its reader makes an error with
a stack, and nothing else tells the server's stream from a caller's, which may
give more bytes than Content-Length says. Reading the stream instead of
\`arrayBuffer()\` takes three times as long. Where the rest goes is not known.`,
  },
  {
    workload: "small-form",
    runtimes: ["bun"],
    text:
      `Bun's \`formData()\` is C++ from end to end: a request takes 40 µs of the
processor with it, 29 if the body is read by \`arrayBuffer()\` and not parsed, and
60 here, of which 7 are parsing.`,
  },
  {
    workload: "small-form-memory",
    text: `The profile has no peak: a fifth is garbage collection on
Node, and no function has more than 5 percent. Of 7.5 µs on Node the constructor
takes 1.5 (a third of it for Content-Type), the parser 2, making text of the
values 0.6, the loop \`for await\` itself 0.6. With a \`Request\` instead of bytes
the same takes 14, of which making the request and reading its stream take 5.
Tried and kept: bytes that are at hand go to the parser without an iterator or a
promise, which took an eighth off on Node and a seventh on Bun. Private fields
cost no more than plain ones. Bun's \`formData()\` is C++ from end to end.`,
  },
  {
    workload: "bundle-size",
    text: `Features were cut out one at a time to see what their bytes are;
docs/performance.md has the table. To meet the bar, MultipartParser would have to
lose cameras and RFC 2231; MultipartReader and readForm these two, mail and all
decoding, and more. Tried: one loop for three grammars of parameters, a profile
as 8 rules instead of 14, heads read line by line, one reader of lines for all
(some 620 bytes for the parser); removing every comparison with undefined would
save 92. Mangling the names of all internal properties, which no user could
debug, would save 290 bytes of the parser and 880 of the reader. Loading all
decoding by \`import()\` when a part needs it would take 4,020 bytes off the
reader's first file; but then a read could fail because a file cannot be
fetched.`,
  },
];

/** The note on a workload that misses its bar on `runtime`, if there is one. */
export function noteOn(workload: string, runtime: string): string | undefined {
  return notes.find((note) =>
    note.workload === workload && (note.runtimes?.includes(runtime) ?? true)
  )?.text;
}
