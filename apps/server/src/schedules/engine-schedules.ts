import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  Client,
  NamespaceNotFoundError,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { encodeScheduleOverlapPolicy } from '@temporalio/client/lib/schedule-types.js';
import {
  decodeFromPayloadsAtIndex,
  encodeMapToPayloads,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { encodeUnifiedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes.js';
import { optionalDateToTs } from '@temporalio/common/lib/time.js';
import type { Overlap } from '#contracts/schedule.js';
import { TENANT } from '#contracts/search-attributes.js';
import type { KeyedRequest } from '#contracts/timers.js';
import { JOBS_SETTINGS } from '../jobs/jobs.settings.js';
import type { JobsSettings } from '../jobs/jobs.settings.js';
import { TIMERS_SETTINGS } from '../timers/timers.settings.js';
import type { TimersSettings } from '../timers/timers.settings.js';
import type { EngineSchedule, ScheduleKey, ScheduleOrder } from './engine-schedule.js';
import { decodedSchedule, encodedSchedule, engineId, POLICY_OF_OVERLAP } from './schedule-encoding.js';
import { UnknownSchedule } from './unknown-schedule.js';

const CALL_TIMEOUT_MS = 2_700;
const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;

/** The engine keeps a schedule in a workflow of its own, by this name. */
const ENGINE_WORKFLOW_PREFIX = 'temporal-sys-scheduler:';

/** The entry of its memo, which outlasts the schedule, that tells of the request with a key that has set it. */
const REQUEST = 'request';

/**
 * The schedules that the engine keeps; each call throws `UnknownSchedule` if it has none with this id. Where its client
 * cannot say what is needed (a time zone of our own, the time of a run that is asked for) the request is made by hand.
 */
@Injectable()
export class EngineSchedules {
  constructor(
    @Inject(Client) private readonly client: Client,
    @Inject(TIMERS_SETTINGS) private readonly timers: Pick<TimersSettings, 'taskQueues'>,
    @Inject(JOBS_SETTINGS) private readonly jobs: Pick<JobsSettings, 'taskQueues'>,
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
          schedule: await this.encoded(order),
          memo: { fields: await this.keyedRequest(order) },
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
    return decodedSchedule(key, await this.call(key, () => this.handle(key).describe()));
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
        schedule: await this.encoded(order),
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

  /** The request with an `Idempotency-Key` that has set such a schedule, as long as the engine remembers. */
  async requestOfGone(key: ScheduleKey): Promise<KeyedRequest | undefined> {
    const execution = { workflowId: `${ENGINE_WORKFLOW_PREFIX}${engineId(key)}` };
    const { namespace, loadedDataConverter } = this.client.options;
    try {
      const { workflowExecutionInfo } = await this.call(key, () =>
        this.client.workflowService.describeWorkflowExecution({ namespace, execution }),
      );
      const payload = workflowExecutionInfo?.memo?.fields?.[REQUEST];
      return payload && (await decodeFromPayloadsAtIndex<KeyedRequest>(loadedDataConverter, 0, [payload]));
    } catch (error) {
      if (error instanceof UnknownSchedule) return undefined;
      throw error;
    }
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

  private keyedRequest({ input }: ScheduleOrder) {
    const { createdMs: atMs, fingerprint } = input.run.schedule;
    const fields: Record<string, KeyedRequest> = fingerprint ? { [REQUEST]: { atMs, fingerprint } } : {};
    return encodeMapToPayloads(this.client.options.loadedDataConverter, fields);
  }

  private encoded(order: ScheduleOrder) {
    const queues = { timers: this.timers.taskQueues, jobs: this.jobs.taskQueues };
    return encodedSchedule(this.client, order, queues);
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
