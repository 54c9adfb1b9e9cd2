import { createHash } from 'node:crypto';

const VERSION = 0x80;
const VARIANT = 0x80;
/** Where the parts of a UUID end, in hex digits. */
const ENDS = [8, 12, 16, 20, 32];

/** The id of a job that follows from where it comes from, so that it is started once: a UUIDv8. */
export function jobIdFrom(origin: readonly unknown[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(origin)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | VERSION, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | VARIANT, 8);
  const hex = bytes.toString('hex');
  return ENDS.map((end, part) => hex.slice(ENDS[part - 1] ?? 0, end)).join('-');
}
