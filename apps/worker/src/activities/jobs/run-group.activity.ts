import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { Inject, Injectable } from '@nestjs/common';
import { FINAL_FAILURE } from '#contracts/job.js';
import type { GroupFailure, GroupOutcome, GroupTask } from '#contracts/job.js';
import { Logger } from '#observability/logger.js';
import { RetryAfterError } from '../../jobs/errors.js';
import { runGroup } from '../../jobs/group-run.js';
import type { StepTools } from '../../jobs/group-run.js';
import { JobTypes } from '../../jobs/job-types.js';
import { groupSignal, GroupStopped } from './group-signal.js';

const HEARTBEAT_MS = 1_000;
const CONFIRM_TIMEOUT_MS = 3_000;
/** Of a try's time, so that it tells of its time-out itself rather than being told by the engine. */
const MARGIN_MS = 50;
const MAX_MESSAGE_LENGTH = 1_000;

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
    const type = this.types.get(task.job.type);
    const { retry } = type.record.groups.find(({ name }) => name === task.group) ?? {};
    const told: GroupFailure = { tries: info.attempt, startedMs: Date.now() };
    const { signal, release } = groupSignal({
      canceled: cancellationSignal,
      // What must not be repeated is left to end within the grace time.
      shutdown: retry === 'none' ? this.never : this.stopping.signal,
      timeoutMs: Math.max(1, info.startToCloseTimeoutMs - MARGIN_MS),
      killAtMs: task.killAtMs,
    });
    const beat = setInterval(() => Context.current().heartbeat(), HEARTBEAT_MS);
    try {
      if (retry === 'none') await this.confirm();
      const { tools } = this;
      const outcome = await runGroup(type, task, { tools, signal, tryNumber: info.attempt });
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

  // A worker that was stopped wakes up with an old task in its hands, which a person may have decided on since.
  private async confirm(): Promise<void> {
    const { client, info } = Context.current();
    const { namespace, identity } = client.options;
    await client.withDeadline(Date.now() + CONFIRM_TIMEOUT_MS, () =>
      client.workflowService.recordActivityTaskHeartbeat({ namespace, identity, taskToken: info.taskToken }),
    );
  }

  private failure(error: unknown, task: GroupTask, told: GroupFailure): Error {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const { job, group } = task;
    this.logger.warn(
      { job: job.id, jobType: job.type, group, attempt: told.tries, error: message },
      'A group did not end well',
    );
    if (error instanceof GroupStopped && error.why === 'canceled')
      return new CancelledFailure(message, [told]);
    return ApplicationFailure.create({
      message: message.slice(0, MAX_MESSAGE_LENGTH),
      type: name,
      nonRetryable: name === FINAL_FAILURE,
      details: [told],
      ...nextTry(error),
    });
  }
}

function nextTry(error: unknown): { nextRetryDelay?: number } {
  if (error instanceof RetryAfterError) return { nextRetryDelay: error.delayMs };
  if (error instanceof GroupStopped && error.why === 'shutdown') return { nextRetryDelay: 1 };
  return {};
}
