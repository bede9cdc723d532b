import { assertSignal } from "../../wire/abort_signal.ts";
import { readBlob } from "../../wire/type_guards.ts";
import { FrameFormat, type MixedReplaceFrame } from "./frame_format.ts";
import type { MixedReplaceOptions } from "../options.ts";

/**
 * Sends the frames of one source to any number of clients as
 * `multipart/x-mixed-replace`, as {@linkcode mixedReplace} does to one.
 *
 * The latest frame wins. A client gets the newest frame as soon as it
 * subscribes, and when it has taken that, whichever frame is the newest then;
 * it never sees those in between. So a slow client skips frames, and slows
 * neither the source nor other clients. For a stalled client at most two frames
 * are held: the one being sent, and the newest, which all clients share. Its
 * server and the network may buffer more.
 *
 * A client that disconnects is dropped as soon as its server cancels the body;
 * for servers that do so only when they have more to send, pass `signal` to
 * `subscribe()`.
 *
 * All clients get the same chunks: code that reads a body in the same process
 * must not change them or transfer their buffers.
 *
 * @example One camera, many viewers
 * ```ts
 * import { FrameBroadcast } from "@tributary/multipart/writer";
 *
 * const broadcast = new FrameBroadcast({ type: "text/plain" });
 * const handler = (_request: Request) => broadcast.subscribe();
 *
 * const response = handler(new Request("http://localhost/live"));
 * broadcast.publish(new TextEncoder().encode("frame 1"));
 * broadcast.publish(new TextEncoder().encode("frame 2"));
 * broadcast.close();
 *
 * const text = await response.text();
 * if (text.includes("frame 1")) throw new Error("expected the latest alone");
 * if (!text.includes("frame 2")) throw new Error("expected the latest");
 * ```
 */
export class FrameBroadcast {
  readonly #format: FrameFormat;
  readonly #signal: AbortSignal | undefined;
  readonly #clients = new Set<FrameClient>();
  readonly #broadcasting: Broadcasting;
  readonly #onAbort = (): void => {
    for (const client of this.#clients) client.leave();
  };
  #frames = 0;

  /**
   * Creates a broadcast without clients.
   *
   * @param options The frames' type, and how they are sent. Aborting `signal`
   * ends the bodies of all clients where they are, including later ones.
   * @throws {TypeError} If the boundary, the type or a header field cannot be
   * written, or if `signal` is not an `AbortSignal`.
   */
  constructor(options: MixedReplaceOptions = {}) {
    assertSignal(options?.signal);
    this.#format = new FrameFormat(options);
    this.#signal = options?.signal;
    this.#broadcasting = {
      format: this.#format,
      latest: undefined,
      isClosed: false,
    };
  }

  /**
   * The number of clients whose body has not ended, failed or been cancelled.
   */
  get clients(): number {
    return this.#clients.size;
  }

  /**
   * Makes this the newest frame, and sends it to each client that is waiting
   * for one. It is copied once, so the caller may reuse its buffer; a `Blob` is
   * read only when a client needs it, and skipped if it cannot be read.
   *
   * @param frame The bytes of a whole frame.
   * @throws {TypeError} If it is not a frame, or the broadcast is closed.
   * @throws The signal's reason, if the broadcast was aborted.
   */
  publish(frame: MixedReplaceFrame): void {
    this.#signal?.throwIfAborted();
    if (this.#broadcasting.isClosed) {
      throw new TypeError("Cannot publish a frame: the broadcast is closed");
    }
    this.#broadcasting.latest = new SharedFrame(
      ++this.#frames,
      frame,
      this.#format,
    );
    this.#updateClients();
  }

  /**
   * Adds a client. It gets the newest frame, then whichever is the newest each
   * time it is ready for another. From a closed broadcast it gets the last
   * frame and the end.
   *
   * The client counts until its body ends, fails or is cancelled, so cancel the
   * body of a response that you do not send.
   *
   * @param options Aborting `signal` drops this client at once, and ends its
   * body without an error and without the close delimiter; pass the request's
   * own. `eager` defaults to the broadcast's; it helps some viewers and harms
   * others: see {@linkcode MixedReplaceOptions.eager}.
   * @returns The response, with the header fields of a live view.
   * @throws {TypeError} If `signal` is not an `AbortSignal`.
   */
  subscribe(
    options: { signal?: AbortSignal; eager?: boolean } = {},
  ): Response {
    const { signal, eager = this.#format.isEager } = options ?? {};
    assertSignal(signal);
    const client = new FrameClient(
      this.#broadcasting,
      eager,
      (client) => this.#drop(client),
      signal,
    );
    this.#clients.add(client);
    this.#signal?.addEventListener("abort", this.#onAbort);
    if (this.#signal?.aborted || signal?.aborted) client.leave();
    return new Response(client.body, { headers: this.#format.headers });
  }

  /**
   * Ends the broadcast: each client gets the newest frame, if it has not yet,
   * and the close delimiter. Closing again does nothing.
   */
  close(): void {
    this.#broadcasting.isClosed = true;
    this.#updateClients();
  }

  #updateClients(): void {
    for (const client of this.#clients) client.update();
  }

  #drop(client: FrameClient): void {
    this.#clients.delete(client);
    // A signal may outlive the broadcast, and must not keep it alive.
    if (this.#clients.size === 0) {
      this.#signal?.removeEventListener("abort", this.#onAbort);
    }
  }
}

/** The state that all clients of a broadcast share. */
interface Broadcasting {
  /** The newest frame, the only one that is kept. */
  latest: SharedFrame | undefined;
  /** Whether there will be no more frames. */
  isClosed: boolean;
  readonly format: FrameFormat;
}

/**
 * One client of a broadcast. It holds no frame: when its body is pulled, it
 * takes the newest frame, or waits for one that it has not had.
 */
class FrameClient {
  /** What the client reads. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #broadcasting: Readonly<Broadcasting>;
  readonly #isEager: boolean;
  readonly #drop: (client: FrameClient) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.leave();
  #output: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** The number of the last frame it took. */
  #seen = 0;
  #isOpened = false;
  #isAsking = false;
  /** Whether a Blob is being read for it. */
  #isBusy = false;
  #isOver = false;

  /**
   * Creates a client that has had no frame.
   *
   * @param drop Called once, when the client ends or disconnects, never before
   * the constructor has returned.
   * @param signal Drops the client when aborted; not aborted yet.
   */
  constructor(
    broadcasting: Readonly<Broadcasting>,
    isEager: boolean,
    drop: (client: FrameClient) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#broadcasting = broadcasting;
    this.#isEager = isEager;
    this.#drop = drop;
    this.#signal = signal;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#output = controller;
      },
      pull: () => {
        this.#isAsking = true;
        this.update();
      },
      cancel: () => this.#end(),
    }, { highWaterMark: 0 });
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Enqueues the next bytes, if the body is being pulled. */
  update(): void {
    if (!this.#isAsking || this.#isBusy || this.#isOver) return;
    const { format, latest, isClosed } = this.#broadcasting;
    const opening = this.#isOpened ? undefined : format.opening(this.#isEager);
    this.#isOpened = true;
    if (opening !== undefined) {
      this.#give(opening);
    } else if (latest !== undefined && latest.number !== this.#seen) {
      this.#seen = latest.number;
      const block = latest.block(this.#isEager);
      if (block instanceof Uint8Array) this.#give(block);
      else this.#giveLater(block);
    } else if (isClosed) {
      this.#end();
      this.#give(format.closing(this.#isEager));
      this.#output?.close();
    }
  }

  /** Ends the body where it is, without an error, which servers would log. */
  leave(): void {
    this.#end();
    this.#output?.close();
  }

  #give(bytes: Uint8Array): void {
    // Cleared first, since `enqueue` may pull again.
    this.#isAsking = false;
    this.#output?.enqueue(bytes);
  }

  #giveLater(reading: Promise<Uint8Array>): void {
    this.#isBusy = true;
    const skip = (): void => {
      this.#isBusy = false;
      this.update();
    };
    reading.then((bytes) => {
      this.#isBusy = false;
      if (!this.#isOver) this.#give(bytes);
    }, skip);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#drop(this);
  }
}

/** A frame with its number, and its bytes as sent to all clients. */
class SharedFrame {
  /** Counts from 1. */
  readonly number: number;
  readonly #format: FrameFormat;
  readonly #type: string;
  /** The frame, a copy that the caller cannot change. */
  readonly #content: Uint8Array | Blob;
  /**
   * The bytes to send, by whether the client is eager: made once for all
   * clients.
   */
  readonly #blocks = new Map<boolean, Uint8Array | Promise<Uint8Array>>();

  /**
   * Copies the frame, unless it is a Blob, which cannot change.
   *
   * @throws {TypeError} If it is not a frame.
   */
  constructor(number: number, frame: MixedReplaceFrame, format: FrameFormat) {
    const { content, type } = format.view(frame);
    this.number = number;
    this.#format = format;
    this.#type = type;
    if (!(content instanceof Uint8Array)) {
      this.#content = content;
      return;
    }
    // The only copy, as long as no client overrides `eager`.
    const { isEager } = format;
    const block = format.encode(content, type, isEager);
    this.#content = format.frameIn(block, content.length, isEager);
    this.#blocks.set(isEager, block);
  }

  /** Returns the bytes to send. A Blob is read when the first client asks. */
  block(isEager: boolean): Uint8Array | Promise<Uint8Array> {
    let block = this.#blocks.get(isEager);
    if (block === undefined) {
      const content = this.#content;
      block = content instanceof Uint8Array
        ? this.#format.encode(content, this.#type, isEager)
        : readBlob(content).then((bytes) =>
          this.#format.encode(bytes, this.#type, isEager)
        );
      this.#blocks.set(isEager, block);
    }
    return block;
  }
}
