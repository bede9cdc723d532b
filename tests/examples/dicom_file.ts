/** DICOM files (PS3.10) of monochrome frames, explicit VR, little endian. */
import { Buffer } from "node:buffer";

/** Multi-frame Grayscale Byte Secondary Capture Image Storage. */
export const SOP_CLASS = "1.2.840.10008.5.1.4.1.1.7.2";
export const STUDY = "1.2.3.5";
export const SERIES = "1.2.3.6";

const ROWS = 100;
const COLUMNS = 200;
/** The bytes of a frame. */
export const FRAME_SIZE: number = ROWS * COLUMNS;

/** Makes an instance of one series, which all instances share. */
export function dicomFile(instance: string, pixels: Buffer): Buffer {
  const meta = Buffer.concat([
    element(0x0002, 0x0001, "OB", Buffer.of(0, 1)),
    element(0x0002, 0x0002, "UI", SOP_CLASS),
    element(0x0002, 0x0003, "UI", instance),
    element(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1"),
    element(0x0002, 0x0012, "UI", "1.2.3.4"),
  ]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    element(0x0002, 0x0000, "UL", size),
    meta,
    element(0x0008, 0x0016, "UI", SOP_CLASS),
    element(0x0008, 0x0018, "UI", instance),
    element(0x0008, 0x0060, "CS", "OT"),
    element(0x0010, 0x0010, "PN", "Doe^Jane"),
    element(0x0010, 0x0020, "LO", "1"),
    element(0x0020, 0x000d, "UI", STUDY),
    element(0x0020, 0x000e, "UI", SERIES),
    element(0x0028, 0x0002, "US", 1),
    element(0x0028, 0x0004, "CS", "MONOCHROME2"),
    element(0x0028, 0x0008, "IS", String(pixels.length / FRAME_SIZE)),
    element(0x0028, 0x0010, "US", ROWS),
    element(0x0028, 0x0011, "US", COLUMNS),
    element(0x0028, 0x0100, "US", 8),
    element(0x0028, 0x0101, "US", 8),
    element(0x0028, 0x0102, "US", 7),
    element(0x0028, 0x0103, "US", 0),
    element(0x7fe0, 0x0010, "OB", pixels),
  ]);
}

/** A data element (PS3.5, section 7.1.2). Values have an even length. */
function element(
  group: number,
  number: number,
  vr: string,
  value: Buffer | string | number,
): Buffer {
  const bytes = typeof value === "number"
    ? Buffer.of(value & 0xff, value >> 8)
    : Buffer.from(value);
  const padding = bytes.length % 2 === 0 ? "" : vr === "UI" ? "\0" : " ";
  const isLong = vr === "OB";
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4);
  const size = bytes.length + padding.length;
  if (isLong) head.writeUInt32LE(size, 8);
  else head.writeUInt16LE(size, 6);
  return Buffer.concat([head, bytes, Buffer.from(padding)]);
}
