import { Injectable } from '@nestjs/common';
import { WorkflowNotFoundError } from '@temporalio/client';
import { withRun } from '#contracts/scheduled-run.js';
import { encodeTimerId, runDueMs } from '#contracts/timer-id.js';
import type { Timer } from '#contracts/timers.js';
import { TimerChanges } from '#timers/timer-changes.js';
import { TimerReader } from '#timers/timer-reader.js';
import type { EngineSchedule } from './engine-schedules.js';
import type { ComingRunDto, ScheduleRunDto } from './schedules.dto.js';

/** The runs of a schedule: each is a timer, the only one of its workflow that a client has set. */
@Injectable()
export class ScheduleRuns {
  constructor(
    private readonly reader: TimerReader,
    private readonly changes: TimerChanges,
  ) {}

  /** The latest, the latest first, as the engine has stored them. */
  async latest(schedule: EngineSchedule): Promise<ScheduleRunDto[]> {
    const workflowIds = schedule.latestRuns.toReversed();
    return Promise.all(workflowIds.map((workflowId) => this.run(schedule, workflowId)));
  }

  /** Cancels those of the latest that the engine has started ahead of their time. */
  async cancelComing({ tenant, latestRuns }: EngineSchedule): Promise<void> {
    const started = await Promise.all(latestRuns.map((workflowId) => this.started(workflowId)));
    const coming = started.filter((timer) => timer !== undefined && timer.dueMs > Date.now()) as Timer[];
    await Promise.all(coming.map(({ id }) => this.changes.change(tenant, id, { kind: 'cancel' })));
  }

  /** The timer as that run was started, due as late as its jitter allows: the schedule may have changed since. */
  private async started(workflowId: string): Promise<Timer | undefined> {
    const input = await this.reader.readStart(workflowId);
    return input ? withRun(input, workflowId, () => 1).timers[0] : undefined;
  }

  private async run(schedule: EngineSchedule, workflowId: string): Promise<ScheduleRunDto> {
    try {
      const view = await this.reader.readStored(workflowId, 0);
      if (view) return runDto(view.timer.id, view.timer.dueMs, view.status);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    const dueMs = runDueMs(workflowId, schedule.run.leadSeconds) ?? 0;
    return runDto(runId(schedule, dueMs), dueMs, 'purged');
  }
}

/** The next, while the schedule is not paused. */
export function comingRuns(schedule: EngineSchedule): ComingRunDto[] {
  if (schedule.paused) return [];
  return schedule.nextStartsMs.map((startMs) => {
    const dueMs = startMs + schedule.run.leadSeconds * 1000;
    return { id: runId(schedule, dueMs), fire_at: new Date(dueMs).toISOString() };
  });
}

/** The id of the timer that the run is which is due then. */
export function runId(
  { run: { groupKey, leadSeconds } }: Pick<EngineSchedule, 'run'>,
  dueMs: number,
): string {
  return encodeTimerId({ dueMs, index: 0, groupKey, leadSeconds });
}

export function runDto(id: string, dueMs: number, status: ScheduleRunDto['status']): ScheduleRunDto {
  return { id, fire_at: new Date(dueMs).toISOString(), status };
}
