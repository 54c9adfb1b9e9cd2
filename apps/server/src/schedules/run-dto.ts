import { runDueMs } from '#contracts/timer-id.js';
import { formatInstant } from '../http/rfc3339.js';
import type { EngineSchedule } from './engine-schedule.js';
import type { ScheduleRunDto } from './schedules.dto.js';

/** When the run was due that has this workflow, its jitter apart. */
export function dueMsOfRun({ input }: Pick<EngineSchedule, 'input'>, workflowId: string): number {
  return runDueMs(workflowId, input.run.leadSeconds) ?? 0;
}

export function runDto(id: string, dueMs: number, status: ScheduleRunDto['status']): ScheduleRunDto {
  return { id, fire_at: formatInstant(dueMs), status };
}
