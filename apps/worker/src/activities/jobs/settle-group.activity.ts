import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { FINAL_FAILURE, GLOBAL, MAX_SHOWN_CHILDREN } from '#contracts/job.js';
import type { ChildJob, Contribution, Settlement, StartedChildren } from '#contracts/job.js';
import { databaseError } from '#database/unavailable.js';
import type { Results } from '#database/results.js';
import { JobStart } from '#jobs/job-start.js';
import { newJob } from '#jobs/new-job.js';
import { childId } from '../../jobs/child-id.js';
import { assertValid, compileSchema, InvalidInput } from '../../jobs/input.js';
import type { JobType } from '../../jobs/define-job.js';
import { JobTypes } from '../../jobs/job-types.js';
import type { UnknownJobType } from '../../jobs/job-types.js';
import { isRefusal } from './refusal.js';
import { checkSettlement } from './settlement-check.js';

const START_TIMEOUT_MS = 10_000;
/** As many as are started of a tenant at a time (`StartLine`): more would only wait, and their time with them. */
const AT_A_TIME = 8;
/** Less than the time after which the engine takes a settlement for lost. */
const HEARTBEAT_MS = 5_000;
/** With the pauses between them more than a minute. */
const UNKNOWN_TYPE_TRIES = 8;

export const RESULTS = Symbol('RESULTS');

/** The `settleGroup` activity: what a group that has ended well leaves behind becomes true, once. */
@Injectable()
export class SettleGroupActivity {
  constructor(
    private readonly types: JobTypes,
    private readonly jobs: JobStart,
    @Optional() @Inject(RESULTS) private readonly results?: Results,
  ) {}

  async settleGroup(settlement: Settlement): Promise<StartedChildren> {
    try {
      return await this.settle(settlement);
    } catch (error) {
      const { message } = databaseError(error) as Error;
      if (!(error instanceof InvalidInput) && !isRefusal(error)) throw error;
      throw ApplicationFailure.nonRetryable(message, FINAL_FAILURE);
    }
  }

  private async settle({ job, index, children, contributions }: Settlement): Promise<StartedChildren> {
    this.check(children, contributions);
    const named = children.map((child, ordinal) => ({
      ...child,
      id: child.id ?? childId({ job, index }, ordinal, child),
    }));
    await this.start(named, job.id);
    await this.addAll({ job, index, children, contributions });
    return { count: named.length, ids: named.slice(0, MAX_SHOWN_CHILDREN).map(({ id }) => id) };
  }

  private async start(children: (ChildJob & { id: string })[], parent: string): Promise<void> {
    const { info, heartbeat } = Context.current();
    const begun = (info.heartbeatDetails as number | undefined) ?? 0;
    for (let at = begun; at < children.length; at += AT_A_TIME) {
      await Promise.all(children.slice(at, at + AT_A_TIME).map((child) => this.startOne(child, parent)));
      heartbeat(at + AT_A_TIME);
    }
  }

  private async startOne(
    { id, type, tenant, input }: ChildJob & { id: string },
    parent: string,
  ): Promise<void> {
    const { record } = this.types.get(type);
    try {
      const job = newJob(record, { id, tenant, input, parent }, Date.now());
      await this.jobs.start(job, { deadlineMs: Date.now() + START_TIMEOUT_MS });
    } catch (error) {
      // By a try before this one, or by whoever used the same key.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  // Many jobs may add to one result, and each waits for those before it.
  private async addAll({ job, index, children, contributions }: Settlement): Promise<void> {
    const { heartbeat } = Context.current();
    const beat = setInterval(() => heartbeat(children.length), HEARTBEAT_MS);
    try {
      for (const contribution of contributions) await this.add(job, index, contribution);
    } finally {
      clearInterval(beat);
    }
  }

  private async add(
    { id, tenant }: Settlement['job'],
    index: number,
    { result, counters, lists }: Contribution,
  ): Promise<void> {
    const key = { tenant: tenant ?? GLOBAL, name: result, contribution: `${id}:${index}` };
    await this.results?.add(key, { counters, lists });
  }

  // Before anything is done: nothing, or all of it.
  private check(children: readonly ChildJob[], contributions: readonly Contribution[]): void {
    checkSettlement({ children, contributions });
    // Where there is an id the input was checked when that was made.
    for (const { id, type, input } of children) {
      if (id === undefined) assertValid(compileSchema(this.typeOf(type).input), input, `input of ${type}`);
    }
    const [first] = contributions;
    if (first && !this.results) {
      throw new InvalidInput(`result ${first.result} needs a database: set DATABASE_URL`);
    }
  }

  private typeOf(name: string): JobType {
    try {
      return this.types.get(name);
    } catch (error) {
      // A newer worker may have it; after so many tries nobody does.
      if (Context.current().info.attempt < UNKNOWN_TYPE_TRIES) throw error;
      throw new InvalidInput((error as UnknownJobType).message);
    }
  }
}
