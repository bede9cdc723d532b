/**
 * Draws clocks for `mjpeg_server.ts`: a stand-in for a camera, without any
 * native code.
 */
import { encode } from "jpeg-js";

// Each digit is 3 blocks wide and 5 high, with one bit per block from the top
// left.
const GLYPHS: Record<string, number> = {
  "0": 0b111_101_101_101_111,
  "1": 0b010_110_010_010_111,
  "2": 0b111_001_111_100_111,
  "3": 0b111_001_111_001_111,
  "4": 0b101_101_111_001_001,
  "5": 0b111_100_111_001_111,
  "6": 0b111_100_111_101_111,
  "7": 0b111_001_001_001_001,
  "8": 0b111_101_111_101_111,
  "9": 0b111_101_111_001_111,
  ":": 0b000_010_000_010_000,
  ".": 0b000_000_000_000_010,
};

const BLOCK = 8;
const WIDTH = 46 * BLOCK;
const HEIGHT = 9 * BLOCK;

/** Returns a JPEG of `time`, with hundredths of a second. */
export function drawClock(time: Date): Uint8Array {
  const data = new Uint8Array(4 * WIDTH * HEIGHT).fill(255);
  const text = time.toISOString().slice(11, 22);
  [...text].forEach((character, column) => {
    for (let bit = 0; bit < 15; bit++) {
      if ((GLYPHS[character] ?? 0) >> (14 - bit) & 1) {
        fillBlock(data, 2 + 4 * column + bit % 3, 2 + Math.floor(bit / 3));
      }
    }
  });
  return encode({ data, width: WIDTH, height: HEIGHT }, 80).data;
}

function fillBlock(pixels: Uint8Array, x: number, y: number): void {
  for (let row = y * BLOCK; row < (y + 1) * BLOCK; row++) {
    const start = 4 * (row * WIDTH + x * BLOCK);
    for (let at = start; at < start + 4 * BLOCK; at += 4) {
      pixels.set([20, 60, 160], at);
    }
  }
}
