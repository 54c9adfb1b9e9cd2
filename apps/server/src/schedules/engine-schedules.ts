import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  Client,
  NamespaceNotFoundError,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { ScheduleDescription } from '@temporalio/client';
import { encodeScheduleOverlapPolicy } from '@temporalio/client/lib/schedule-types.js';
import {
  encodeScheduleAction,
  encodeSchedulePolicies,
  encodeScheduleSpec,
  encodeScheduleState,
} from '@temporalio/client/lib/schedule-helpers.js';
import { encodeUnifiedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes.js';
import { optionalDateToTs } from '@temporalio/common/lib/time.js';
import type { Overlap } from '#contracts/schedule.js';
import { TENANT, TIMER_STATUSES } from '#contracts/search-attributes.js';
import { PENDING, pendingPowers } from '#contracts/pending.js';
import { taskQueueOf } from '#contracts/task-queues.js';
import { timersWorkflowId } from '#contracts/timer-id.js';
import { TIMERS_WORKFLOW } from '#contracts/timers.js';
import type { ScheduledRun, Timer, TimersInput } from '#contracts/timers.js';
import { decodeCursor, encodeCursor, InvalidCursor } from '#timers/list-cursor.js';
import { quoted } from '#timers/visibility-query.js';
import { TIMERS_SETTINGS } from '../timers/timers.settings.js';
import type { TimersSettings } from '../timers/timers.settings.js';
import type { EngineTimes } from './schedule-times.js';
import { UnknownSchedule } from './unknown-schedule.js';

const CALL_TIMEOUT_MS = 2_700;
const GRPC_INVALID_ARGUMENT = 3;
const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;

/** The engine keeps a schedule in a workflow of its own, by this name. */
const ENGINE_WORKFLOW_PREFIX = 'temporal-sys-scheduler:';

const POLICY_OF_OVERLAP: Record<Overlap, ScheduleOverlapPolicy> = {
  skip: ScheduleOverlapPolicy.SKIP,
  buffer_one: ScheduleOverlapPolicy.BUFFER_ONE,
  allow_all: ScheduleOverlapPolicy.ALLOW_ALL,
  cancel_other: ScheduleOverlapPolicy.CANCEL_OTHER,
};

/** Whose schedule, and which. */
export interface ScheduleKey {
  tenant: string;
  id: string;
}

/** All that the engine is told of a schedule. */
export interface ScheduleOrder {
  times: EngineTimes;
  overlap: Overlap;
  catchupWindowMs: number;
  input: TimersInput & { run: ScheduledRun };
  /** Runs that are still to be started; any number if absent. */
  runsLeft?: number;
  paused: boolean;
}

/** A schedule as the engine knows it. */
export interface EngineSchedule extends ScheduleKey {
  timer: Timer;
  run: ScheduledRun;
  runsLeft?: number;
  paused: boolean;
  /** When the next ten runs will be started, if nothing keeps them from it. */
  nextStartsMs: number[];
  /** Ids of the workflows of the latest ten runs, the latest last. */
  latestRuns: string[];
  /** To be given back with a change, which is made only if there was none since. */
  conflictToken?: Uint8Array | null;
}

export interface SchedulePage {
  ids: string[];
  cursor?: string;
}

/**
 * The schedules that the engine keeps; each call throws `UnknownSchedule` if it has none with this id. Where its client cannot say what is needed (a time zone of our own, the time of a
 * run that is asked for) the request is made by hand.
 */
@Injectable()
export class EngineSchedules {
  constructor(
    @Inject(Client) private readonly client: Client,
    @Inject(TIMERS_SETTINGS) private readonly settings: Pick<TimersSettings, 'taskQueues'>,
  ) {}

  /** False if there is a schedule with this id. `missed`: runs that had to be started at these times before now. */
  async create(key: ScheduleKey, order: ScheduleOrder, missed?: { from: Date; to: Date }): Promise<boolean> {
    const backfill = missed && {
      startTime: optionalDateToTs(missed.from),
      endTime: optionalDateToTs(missed.to),
    };
    try {
      await this.call(key, async () =>
        this.client.workflowService.createSchedule({
          ...this.request(key),
          schedule: await this.encoded(key, order),
          searchAttributes: {
            indexedFields: encodeUnifiedSearchAttributes(undefined, [{ key: TENANT, value: key.tenant }]),
          },
          ...(backfill && { initialPatch: { backfillRequest: [backfill] } }),
        }),
      );
      return true;
    } catch (error) {
      if ((error as { code?: number }).code === GRPC_ALREADY_EXISTS) return false;
      throw error;
    }
  }

  async find(key: ScheduleKey): Promise<EngineSchedule> {
    return engineSchedule(key, await this.call(key, () => this.handle(key).describe()));
  }

  /** The engine does nothing, and tells nobody, if the schedule was changed since the token was given out. */
  async update(
    key: ScheduleKey,
    order: ScheduleOrder,
    conflictToken: EngineSchedule['conflictToken'],
  ): Promise<void> {
    await this.call(key, async () =>
      this.client.workflowService.updateSchedule({
        ...this.request(key),
        schedule: await this.encoded(key, order),
        conflictToken,
      }),
    );
  }

  async pause(key: ScheduleKey): Promise<void> {
    await this.call(key, () => this.handle(key).pause('paused by the client'));
  }

  async resume(key: ScheduleKey): Promise<void> {
    await this.call(key, () => this.handle(key).unpause('resumed by the client'));
  }

  async delete(key: ScheduleKey): Promise<void> {
    await this.call(key, () => this.handle(key).delete());
  }

  /** Whether there was such a schedule that has been deleted, or that was over for a week. */
  async isGone(key: ScheduleKey): Promise<boolean> {
    return this.isWorkflow(key, `${ENGINE_WORKFLOW_PREFIX}${engineId(key)}`);
  }

  /** Whether there is, or was, a workflow with this id. */
  async isWorkflow(key: ScheduleKey, workflowId: string): Promise<boolean> {
    try {
      await this.call(key, () =>
        this.client.workflowService.describeWorkflowExecution({
          namespace: this.client.options.namespace,
          execution: { workflowId },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof UnknownSchedule) return false;
      throw error;
    }
  }

  /** Starts a run beside all others, as the one of this time. */
  async trigger(key: ScheduleKey, startMs: number): Promise<void> {
    await this.call(key, () =>
      this.client.workflowService.patchSchedule({
        ...this.request(key),
        patch: {
          triggerImmediately: {
            overlapPolicy: encodeScheduleOverlapPolicy(ScheduleOverlapPolicy.ALLOW_ALL),
            scheduledTime: optionalDateToTs(new Date(startMs)),
          },
        },
      }),
    );
  }

  async backfill(key: ScheduleKey, start: Date, end: Date, overlap: Overlap): Promise<void> {
    await this.call(key, () =>
      this.handle(key).backfill({ start, end, overlap: POLICY_OF_OVERLAP[overlap] }),
    );
  }

  /** How many runs the schedule would start between the two, both included; the engine counts to 1,000. */
  async countStarts(key: ScheduleKey, start: Date, end: Date): Promise<number> {
    const { startTime } = await this.call(key, () =>
      this.client.workflowService.listScheduleMatchingTimes({
        ...this.request(key),
        // The engine leaves out the very time that it begins at.
        startTime: optionalDateToTs(new Date(start.getTime() - 1)),
        endTime: optionalDateToTs(end),
      }),
    );
    return startTime?.length ?? 0;
  }

  /** Null if the cursor is not one of this list. */
  async list(tenant: string, limit: number, cursor?: string): Promise<SchedulePage | null> {
    const list = `schedules of ${tenant}`;
    try {
      const place = cursor === undefined ? undefined : decodeCursor(cursor, list);
      const { schedules, nextPageToken } = await this.call({ tenant, id: '' }, () =>
        this.client.workflowService.listSchedules({
          namespace: this.client.options.namespace,
          maximumPageSize: limit,
          query: `${TENANT.name} = ${quoted(tenant)}`,
          ...(place && { nextPageToken: Buffer.from(place.token, 'base64url') }),
        }),
      );
      const ids = (schedules ?? []).map(({ scheduleId }) =>
        (scheduleId ?? '').slice(engineId({ tenant, id: '' }).length),
      );
      const token = Buffer.from(nextPageToken ?? []).toString('base64url');
      return { ids, ...(token && { cursor: encodeCursor({ token }, list) }) };
    } catch (error) {
      if (error instanceof InvalidCursor || (cursor !== undefined && isBadToken(error))) return null;
      throw error;
    }
  }

  private async encoded({ tenant }: ScheduleKey, order: ScheduleOrder) {
    const { times, input, overlap, catchupWindowMs, paused, runsLeft } = order;
    const { timezoneData, ...spec } = times;
    const action = {
      type: 'startWorkflow' as const,
      workflowId: timersWorkflowId(tenant, input.run.groupKey),
      workflowType: TIMERS_WORKFLOW,
      taskQueue: taskQueueOf(tenant, this.settings.taskQueues),
      args: [input],
      priority: { fairnessKey: `${tenant}:schedules` },
      typedSearchAttributes: [
        { key: TENANT, value: tenant },
        { key: TIMER_STATUSES, value: ['scheduled'] },
        { key: PENDING, value: pendingPowers(1) },
      ],
    };
    const { loadedDataConverter, namespace } = this.client.options;
    return {
      spec: { ...encodeScheduleSpec(spec), timezoneData },
      action: await encodeScheduleAction(loadedDataConverter, namespace, action, {}),
      policies: encodeSchedulePolicies({
        overlap: POLICY_OF_OVERLAP[overlap],
        catchupWindow: catchupWindowMs,
      }),
      state: encodeScheduleState({ paused, remainingActions: runsLeft }),
    };
  }

  private request(key: ScheduleKey) {
    const { namespace, identity } = this.client.options;
    return { namespace, identity, requestId: randomUUID(), scheduleId: engineId(key) };
  }

  private handle(key: ScheduleKey) {
    return this.client.schedule.getHandle(engineId(key));
  }

  private async call<T>({ id }: ScheduleKey, fn: () => Promise<T>): Promise<T> {
    try {
      return await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, fn);
    } catch (error) {
      if (isNotFound(error)) throw new UnknownSchedule(id);
      throw error;
    }
  }
}

// The engine answers a request for a namespace that is not set up yet with the same status.
function isNotFound(error: unknown): boolean {
  if (error instanceof NamespaceNotFoundError) return false;
  if (error instanceof ScheduleNotFoundError) return true;
  const { code, message } = error as { code?: number; message: string };
  return code === GRPC_NOT_FOUND && !/namespace/i.test(message);
}

// It may also say `unknown` to a token that it can not read, as in an outage: the cursor's checksum keeps such from it.
function isBadToken(error: unknown): boolean {
  const { code, message } = error as { code?: number; message: string };
  return code === GRPC_INVALID_ARGUMENT && !/search attribute/i.test(message);
}

/** The tenant is part of it, so no id reaches across tenants. */
function engineId({ tenant, id }: ScheduleKey): string {
  return `schedule:${tenant}:${id}`;
}

function engineSchedule(key: ScheduleKey, { action, state, info, raw }: ScheduleDescription): EngineSchedule {
  const [input] = action.args as [ScheduleOrder['input']];
  return {
    ...key,
    timer: input.timers[0] as Timer,
    run: input.run,
    runsLeft: state.remainingActions,
    paused: state.paused,
    nextStartsMs: info.nextActionTimes.map((time) => time.getTime()),
    latestRuns: info.recentActions.map((recent) => recent.action.workflow.workflowId),
    conflictToken: raw.conflictToken,
  };
}
