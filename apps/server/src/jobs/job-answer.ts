import type { GroupState, JobInput, JobSummary } from '#contracts/job.js';
import type { ListedJob } from '#jobs/job-list.js';
import type { PendingTry, StoredJob } from '#jobs/job-reader.js';
import { formatInstant } from '../http/rfc3339.js';
import type { JobDto, JobGroupDto, JobLineDto } from './job.dto.js';

type LineOf = Pick<JobInput, 'id' | 'tenant' | 'parent' | 'labels'> &
  Pick<JobSummary, 'status' | 'createdMs' | 'startAtMs' | 'killAtMs' | 'endedMs'> & { type: string };

/** A job as the API tells of it. */
export function jobAnswer({ input, state, pending }: Omit<StoredJob, 'runId'>): JobDto {
  const { plan, scheduleId } = input;
  return {
    ...lineAnswer({ ...input, type: plan.type, status: state.status, endedMs: state.endedMs }),
    schedule_id: scheduleId ?? null,
    groups: state.groups.map((group, index) => groupAnswer(plan.groups[index]?.name ?? '', group, pending)),
    data: plan.showsData ? (state.data ?? null) : null,
    children: { total: state.children, ids: state.childIds },
    results: state.results,
  };
}

export function listedAnswer({ summary, ...job }: ListedJob): JobLineDto {
  return lineAnswer({ ...job, ...summary });
}

function lineAnswer(job: LineOf): JobLineDto {
  return {
    ...{ id: job.id, type: job.type, scope: job.tenant === null ? 'global' : 'tenant', status: job.status },
    created_at: formatInstant(job.createdMs),
    ...{ start_at: formatInstant(job.startAtMs), kill_at: formatInstant(job.killAtMs) },
    ...{ ended_at: formatInstant(job.endedMs), labels: job.labels ?? {}, parent_id: job.parent ?? null },
  };
}

function groupAnswer(name: string, group: GroupState, pending: PendingTry | undefined): JobGroupDto {
  const { status, tries, queuedMs, startedMs, endedMs, error } = group;
  const times = {
    queued_at: formatInstant(queuedMs),
    started_at: formatInstant(startedMs),
    ended_at: formatInstant(endedMs),
  };
  const ended = { name, status, tries, ...times, next_try_at: null, error: error ?? null };
  if (status !== 'running') return { ...ended, status };
  // What the workflow does not know of a group that has not ended, the engine does.
  const ends = tries + (pending?.attempt ?? 1) - 1;
  const phase = pending?.running ? 'running' : ends > 0 ? 'retrying' : 'queued';
  return {
    ...{ ...ended, status: phase, tries: ends, started_at: formatInstant(pending?.startedMs) },
    next_try_at: phase === 'retrying' ? formatInstant(pending?.nextMs) : null,
    error: pending?.error ?? error ?? null,
  };
}
