import type { ChildJob, GroupTask } from '#contracts/job.js';
import { jobIdFrom } from '#jobs/job-id.js';

/**
 * The id of a job that another one enqueues. With a key it follows from that, else from the place where it is enqueued, so
 * that a group which is tried again enqueues the same.
 */
export function childId(
  { job, index }: Pick<GroupTask, 'job' | 'index'>,
  ordinal: number,
  { type, tenant, key }: Pick<ChildJob, 'type' | 'tenant' | 'key'>,
): string {
  const isKeyed = key !== undefined;
  return jobIdFrom(isKeyed ? ['key', tenant, type, key] : ['place', job.tenant, job.id, index, ordinal]);
}
