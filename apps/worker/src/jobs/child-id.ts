import { createHash } from 'node:crypto';
import type { ChildJob, GroupTask } from '#contracts/job.js';

const VERSION = 0x80;
const VARIANT = 0x80;

/**
 * The id of a job that another one enqueues: a UUIDv8. With a key it follows from that, else from the place where it is
 * enqueued, so that a group which is tried again enqueues the same.
 */
export function childId(
  { job, index }: Pick<GroupTask, 'job' | 'index'>,
  ordinal: number,
  { type, tenant, key }: Pick<ChildJob, 'type' | 'tenant' | 'key'>,
): string {
  const origin =
    key === undefined ? ['place', job.tenant, job.id, index, ordinal] : ['key', tenant, type, key];
  const bytes = createHash('sha256').update(JSON.stringify(origin)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | VERSION, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | VARIANT, 8);
  const hex = bytes.toString('hex');
  return [8, 12, 16, 20, 32].map((end, part) => hex.slice([0, 8, 12, 16, 20][part], end)).join('-');
}
