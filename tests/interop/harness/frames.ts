/** Single-colour pictures, as parts of a live view. */
import { encode } from "jpeg-js";
import { Composer, type SentPart } from "../composer.ts";

/** The colours differ clearly, since a JPEG does not keep a colour exactly. */
export const COLOURS: readonly (readonly [number, number, number])[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 0],
  [255, 0, 255],
  [0, 255, 255],
];

const WIDTH = 64;
const HEIGHT = 48;

/** A JPEG of each colour. */
export const FRAMES: readonly Uint8Array<ArrayBuffer>[] = COLOURS.map(draw);

function draw(colour: readonly number[]): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(4 * WIDTH * HEIGHT);
  for (let at = 0; at < data.length; at += 4) data.set([...colour, 255], at);
  return new Uint8Array(
    encode({ data, width: WIDTH, height: HEIGHT }, 80).data,
  );
}

/** The parts that carry the frames. */
export function sentFrames(
  frames: readonly Uint8Array<ArrayBuffer>[] = FRAMES,
): readonly SentPart[] {
  const composer = new Composer("x-mixed-replace");
  for (const frame of frames) composer.add(frame, { type: "image/jpeg" });
  return composer.parts;
}
