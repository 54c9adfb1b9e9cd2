import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { PENDING, pendingPowers } from '#contracts/pending.js';
import {
  CHANGED_AT,
  DUE_FROM,
  DUE_UNTIL,
  JOB_PARENT,
  TENANT,
  TIMER_STATUSES,
} from '#contracts/search-attributes.js';
import { taskQueueOf } from '#contracts/task-queues.js';
import { encodeTimerId, groupKeyFrom, timersWorkflowId } from '#contracts/timer-id.js';
import { TIMER_LINES, timerLine } from '#contracts/timer-line.js';
import type { GroupKind, Timer, TimersInput, WheelSettings } from '#contracts/timers.js';
import { newView } from './new-view.js';

const FAIRNESS_SLICE_MS = 10_000;
/** A tenant has no more keys than this: with one for each slice, a long backlog would get more turns than others do. */
const FAIRNESS_SLICES = 16;

export type TimerRequest = Omit<Timer, 'id'>;

export interface GroupStartSettings {
  wheel: WheelSettings;
  /** Of tenants that have one of their own. */
  taskQueues: Readonly<Record<string, string>>;
}

export interface GroupStartOptions {
  deadlineMs: number;
  /** Random if absent. */
  groupKey?: string;
  /** Where the group answers a request with an `Idempotency-Key`. */
  request?: TimersInput['request'];
  /** The job whose alert it carries. */
  jobId?: string;
}

/** Starts the workflow of a group of timers, with all that can be read and searched of it without a worker. */
export class GroupStart {
  constructor(
    private readonly client: Client,
    private readonly settings: GroupStartSettings,
    readonly kind: GroupKind = 'timers',
  ) {}

  /** Resolves when the group is durable; rejects if a group with this key is there or has been. */
  async start(
    tenant: string,
    requests: TimerRequest[],
    { deadlineMs, groupKey = groupKeyFrom(randomBytes(8)), request, jobId }: GroupStartOptions,
  ): Promise<Timer[]> {
    const nowMs = Date.now();
    const timers = requests.map((timer, index) => ({
      id: encodeTimerId({ dueMs: timer.dueMs, index, groupKey }),
      ...timer,
    }));
    const input: TimersInput = { tenant, settings: this.settings.wheel, timers, createdMs: nowMs, request };
    const dues = timers.map(({ dueMs }) => dueMs);
    await this.client.withDeadline(deadlineMs, () =>
      this.client.workflow.start(this.kind, {
        workflowId: timersWorkflowId(tenant, groupKey, this.kind),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        taskQueue: taskQueueOf(tenant, this.settings.taskQueues),
        args: [input],
        priority: { fairnessKey: fairnessKey(tenant, nowMs) },
        memo: { [TIMER_LINES]: timers.map((timer) => timerLine(newView(timer, nowMs))) },
        typedSearchAttributes: [
          { key: TENANT, value: tenant },
          { key: TIMER_STATUSES, value: ['scheduled'] },
          { key: PENDING, value: pendingPowers(timers.length) },
          { key: DUE_FROM, value: new Date(Math.min(...dues)) },
          { key: DUE_UNTIL, value: new Date(Math.max(...dues)) },
          { key: CHANGED_AT, value: new Date(nowMs) },
          ...(jobId === undefined ? [] : [{ key: JOB_PARENT, value: jobId }]),
        ],
      }),
    );
    return timers;
  }
}

/**
 * Where tasks wait in the engine, those of different keys take turns. A tenant is a key, so that none holds up another;
 * and of a tenant each slice of time is, so that what was just set does not wait behind what has piled up before.
 */
export function fairnessKey(tenant: string, nowMs: number): string {
  return `${tenant}:${Math.floor(nowMs / FAIRNESS_SLICE_MS) % FAIRNESS_SLICES}`;
}
