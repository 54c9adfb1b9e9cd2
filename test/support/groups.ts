import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { CHANGED_AT, TENANT, TIMER_STATUSES } from '#contracts/search-attributes.js';
import { TIMERS_TASK_QUEUE } from '#contracts/task-queues.js';
import { encodeTimerId, groupKeyFrom, timersWorkflowId, workflowIdOf } from '#contracts/timer-id.js';
import { TIMER_LINES, timerLine } from '#contracts/timer-line.js';
import { DEFAULT_TENANT, TIMERS_WORKFLOW } from '#contracts/timers.js';
import type { Timer, TimersInput, WheelSettings } from '#contracts/timers.js';
import { createClient } from '#temporal/connection.js';
import { GroupStart } from '#timers/group-start.js';
import type { TimerRequest } from '#timers/group-start.js';
import type { System } from './system.js';

const SCHEDULE = { asked: {}, createdMs: 0, changedMs: 0 };

const WHEEL: WheelSettings = {
  ...{ leadMs: 2_000, widthMs: 10_000, requestTimeoutMs: 5_000 },
  retryDelaysMs: [1_000],
};

/** Starts groups of timers past the API: for tenants, labels and runs of schedules of a test's own making. */
export class Groups {
  private constructor(readonly client: Client) {}

  static of(system: System): Groups {
    const connectionOptions = { address: system.engine.address };
    return new Groups(createClient({ connectionOptions, namespace: 'default' }, 'test'));
  }

  start(
    requests: TimerRequest[],
    tenant = DEFAULT_TENANT,
    taskQueues: Record<string, string> = {},
  ): Promise<Timer[]> {
    const settings = {
      ...{ horizonMs: Infinity, startsInFlight: 1, bodyLimitBytes: Infinity, wheel: WHEEL },
      ...{ keepsFlows: false, taskQueues },
    };
    return new GroupStart(this.client, settings).start(tenant, requests, { deadlineMs: Date.now() + 10_000 });
  }

  /** A group that was set some time ago and has not changed since. */
  async startSetAt(createdMs: number, requests: TimerRequest[]): Promise<Timer[]> {
    const groupKey = groupKeyFrom(randomBytes(8));
    const timers = requests.map((timer, index) => ({
      id: encodeTimerId({ dueMs: timer.dueMs, index, groupKey }),
      ...timer,
    }));
    const input: TimersInput = { tenant: DEFAULT_TENANT, settings: WHEEL, timers, createdMs };
    const view = { status: 'scheduled', held: false, attempts: 0, version: 0 } as const;
    const times = { createdMs, changedMs: createdMs };
    await this.client.workflow.start(TIMERS_WORKFLOW, {
      workflowId: timersWorkflowId(DEFAULT_TENANT, groupKey),
      taskQueue: TIMERS_TASK_QUEUE,
      args: [input],
      memo: {
        [TIMER_LINES]: timers.map((timer) =>
          timerLine({ timer, nextAttemptMs: timer.dueMs, ...view, ...times }),
        ),
      },
      typedSearchAttributes: [
        { key: TENANT, value: DEFAULT_TENANT },
        { key: TIMER_STATUSES, value: ['scheduled'] },
        { key: CHANGED_AT, value: new Date(createdMs) },
      ],
    });
    return timers;
  }

  /** The run of a schedule, as the engine starts it. Answers with the timer's id. */
  async startRun(dueMs: number, timer: Omit<TimerRequest, 'dueMs'>): Promise<string> {
    const parts = { dueMs, groupKey: groupKeyFrom(randomBytes(8)), leadSeconds: 2 };
    const input: TimersInput = {
      ...{ tenant: DEFAULT_TENANT, settings: WHEEL, timers: [{ id: '', dueMs: 0, ...timer }] },
      run: { groupKey: parts.groupKey, leadSeconds: 2, jitterMs: 0, schedule: SCHEDULE },
    };
    await this.client.workflow.start(TIMERS_WORKFLOW, {
      workflowId: workflowIdOf(DEFAULT_TENANT, parts),
      taskQueue: TIMERS_TASK_QUEUE,
      args: [input],
      typedSearchAttributes: [{ key: TENANT, value: DEFAULT_TENANT }],
    });
    return encodeTimerId({ ...parts, index: 0 });
  }

  async close(): Promise<void> {
    await this.client.connection.close();
  }
}
