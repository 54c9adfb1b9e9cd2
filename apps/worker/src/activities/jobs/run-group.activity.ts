import { Context } from '@temporalio/activity';
import type { Info } from '@temporalio/activity';
import { Inject, Injectable } from '@nestjs/common';
import type { GroupFailure, GroupOutcome, GroupTask } from '#contracts/job.js';
import { databaseError } from '#database/unavailable.js';
import { Logger } from '#observability/logger.js';
import type { JobType } from '../../jobs/define-job.js';
import { runGroup } from '../../jobs/group-run.js';
import type { StepTools } from '../../jobs/group-run.js';
import { JobTypes } from '../../jobs/job-types.js';
import { groupFailure, NotConfirmed } from './group-failure.js';
import { groupSignal } from './group-signal.js';

const HEARTBEAT_MS = 1_000;
const CONFIRM_TIMEOUT_MS = 3_000;

export const STEP_TOOLS = Symbol('STEP_TOOLS');

/** The `runGroup` activity: one try of a group of steps. */
@Injectable()
export class RunGroupActivity {
  private readonly stopping = new AbortController();
  private readonly never = new AbortController().signal;

  constructor(
    private readonly types: JobTypes,
    @Inject(STEP_TOOLS) private readonly tools: StepTools,
    private readonly logger: Logger,
  ) {}

  async runGroup(task: GroupTask): Promise<GroupOutcome> {
    const { info, cancellationSignal } = Context.current();
    const told: GroupFailure = { tries: info.attempt, startedMs: Date.now() };
    const type = this.typeOf(task, told);
    const { retry, triesBefore = 0 } = task;
    const { signal, release } = groupSignal({
      canceled: cancellationSignal,
      // What must not be repeated is left to end within the grace time.
      shutdown: retry === 'none' ? this.never : this.stopping.signal,
      timeoutMs: task.timeoutMs,
      leftMs: leftMs(info),
    });
    // Where the engine ends it, only that tells how many tries there were.
    const beat = setInterval(() => Context.current().heartbeat(told), HEARTBEAT_MS);
    try {
      if (retry === 'none') await this.confirm();
      const { tools } = this;
      const outcome = await runGroup(type, task, { tools, signal, tryNumber: triesBefore + info.attempt });
      return { ...outcome, ...told };
    } catch (error) {
      throw this.failure(signal.aborted ? signal.reason : error, task, told);
    } finally {
      clearInterval(beat);
      release();
    }
  }

  /** Has groups that may be repeated end, so that other workers take them over. */
  stop(): void {
    this.stopping.abort();
  }

  private typeOf(task: GroupTask, told: GroupFailure): JobType {
    try {
      return this.types.get(task.job.type);
    } catch (error) {
      throw this.failure(error, task, told);
    }
  }

  // A worker that was stopped wakes up with an old task in its hands, which a person may have decided on since.
  private async confirm(): Promise<void> {
    const { client, info } = Context.current();
    const { namespace, identity } = client.options;
    const beat = () =>
      client.workflowService.recordActivityTaskHeartbeat({ namespace, identity, taskToken: info.taskToken });
    await client.withDeadline(Date.now() + CONFIRM_TIMEOUT_MS, beat).catch((error: Error) => {
      throw new NotConfirmed(`the engine did not confirm the group: ${error.message}`);
    });
  }

  private failure(error: unknown, { job, group, triesBefore = 0 }: GroupTask, told: GroupFailure): Error {
    this.logger.warn(
      { job: job.id, jobType: job.type, group, attempt: triesBefore + told.tries, err: databaseError(error) },
      'A group did not end well',
    );
    return groupFailure(error, told);
  }
}

/**
 * Until the job is killed, by the engine's own stamps. They do not tell how long this try was queued; the engine has it
 * stopped at the time itself, which a worker learns with its next heartbeat.
 */
function leftMs({
  scheduleToCloseTimeoutMs,
  scheduledTimestampMs,
  currentAttemptScheduledTimestampMs,
}: Info): number {
  return scheduledTimestampMs + scheduleToCloseTimeoutMs - currentAttemptScheduledTimestampMs;
}
