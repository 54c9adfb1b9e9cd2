import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import {
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { getJob, JOB_SUMMARY, newJobState } from '#contracts/job.js';
import type { GroupTask, JobInput, JobState, JobSummary } from '#contracts/job.js';
import { isWithWorker } from '#timers/is-with-worker.js';
import { lostGroup } from './lost-group.js';

/** A worker that is there and not busy answers sooner; without one a query fails only at its deadline. */
const QUERY_TIMEOUT_MS = 500;
/** An engine that answers late is of more use to a client than a 503. */
const STORED_TIMEOUT_MS = 2_500;
/** gRPC. */
const NOT_FOUND = 5;
const SETTLING = 'settleGroup';
/** As many events as tell how the try of a group has ended, and which group that is. */
const LATEST = 20;
/** A workflow that has ended otherwise was ended by an operator of the engine. */
const BY_ITSELF = new Set(['RUNNING', 'CONTINUED_AS_NEW', 'COMPLETED']);

/** The try of a group that is under way, as the engine knows it. */
export interface PendingTry {
  /** It runs on a worker; else it is queued, or waits to be tried again. */
  running: boolean;
  /** 1 for the first. */
  attempt: number;
  startedMs?: number;
  /** When it is tried again, if it waits. */
  nextMs?: number;
  /** Why the try before did not end well. */
  error?: string;
}

/** A job as far as it is known. */
export interface StoredJob {
  /** Of its workflow, which has another one after each retry. */
  runId: string;
  input: JobInput;
  state: JobState;
  pending?: PendingTry;
}

/** Finds out how a job stands: from its workflow, or, without a worker to ask, from what the engine stores. */
export class JobReader {
  constructor(private readonly client: Client) {}

  /** Null if the engine has no such job. */
  async read(workflowId: string): Promise<StoredJob | null> {
    try {
      const [description, input] = await this.stored(() =>
        Promise.all([this.handle(workflowId).describe(), this.readInput(workflowId)]),
      );
      if (!input) return null;
      const state = await this.readState(workflowId, description, input);
      return { runId: description.runId, input, state, pending: await this.pendingTry(description) };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  /** Whether it is still the run that was read. */
  async isLatest(workflowId: string, runId: string): Promise<boolean> {
    return (await this.stored(() => this.handle(workflowId).describe())).runId === runId;
  }

  /** The same in short, from what the engine stores alone. */
  async readSummary(workflowId: string): Promise<JobSummary | null> {
    try {
      const { status, memo } = await this.stored(() => this.handle(workflowId).describe());
      const summary = memo?.[JOB_SUMMARY] as JobSummary | undefined;
      if (!summary) return null;
      return BY_ITSELF.has(status.name) ? summary : { ...summary, status: 'canceled' };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  /** What the job was started with, the last time. Null if the engine has no such job. */
  async readStart(workflowId: string): Promise<JobInput | null> {
    try {
      return (await this.stored(() => this.readInput(workflowId))) ?? null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  private async readState(
    workflowId: string,
    { status, memo }: WorkflowExecutionDescription,
    input: JobInput,
  ): Promise<JobState> {
    const summary = memo?.[JOB_SUMMARY] as JobSummary | undefined;
    if (status.name === 'COMPLETED') {
      const result = await this.stored(() => this.readResult(workflowId));
      if (result) return result;
    } else if (status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW') {
      const asked = await this.ask(workflowId).catch(() => undefined);
      if (asked) return asked;
      const lost = await this.stored(() => this.readLost(workflowId));
      if (lost) return withLost(fromSummary(input, summary), lost);
    } else {
      return { ...fromSummary(input, summary), status: 'canceled' };
    }
    return fromSummary(input, summary);
  }

  private ask(workflowId: string): Promise<JobState> {
    return this.client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      this.handle(workflowId).query(getJob),
    );
  }

  private async pendingTry({ raw }: WorkflowExecutionDescription): Promise<PendingTry | undefined> {
    const activities = raw.pendingActivities ?? [];
    // A group that is settled has run, and is not over yet.
    const settling = activities.find(({ activityType }) => activityType?.name === SETTLING);
    const group = activities.find((activity) => activity !== settling) ?? settling;
    if (!group) return undefined;
    const running = group === settling || isWithWorker(group);
    const failure = await decodeOptionalFailureToOptionalError(
      this.client.options.loadedDataConverter,
      group.lastFailure,
    );
    return {
      ...{ running, attempt: group === settling ? 1 : (group.attempt ?? 1), error: failure?.message },
      ...(running && { startedMs: optionalTsToMs(group.lastStartedTime) }),
      ...(!running && { nextMs: optionalTsToMs(group.scheduledTime) }),
    };
  }

  // The first event of a run carries its input. Answered by the engine itself, in whose own words this call fails.
  private async readInput(workflowId: string): Promise<JobInput | undefined> {
    const { namespace, loadedDataConverter } = this.client.options;
    const request = { execution: { workflowId }, namespace, maximumPageSize: 1 };
    const { history } = await this.client.workflowService
      .getWorkflowExecutionHistory(request)
      .catch((error: unknown) => {
        if (!isGrpcServiceError(error) || Number(error.code) !== NOT_FOUND) throw error;
        throw new WorkflowNotFoundError(error.details, workflowId, undefined);
      });
    const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
    return decodeFromPayloadsAtIndex<JobInput>(loadedDataConverter, 0, payloads);
  }

  // And the last one its result.
  private async readResult(workflowId: string): Promise<JobState | undefined> {
    const [last] = await this.readLatest(workflowId, 1);
    const payloads = last?.workflowExecutionCompletedEventAttributes?.result?.payloads;
    const { loadedDataConverter } = this.client.options;
    return payloads ? decodeFromPayloadsAtIndex<JobState>(loadedDataConverter, 0, payloads) : undefined;
  }

  private async readLost(workflowId: string): Promise<GroupTask | undefined> {
    return lostGroup(await this.readLatest(workflowId, LATEST), this.client.options.loadedDataConverter);
  }

  private async readLatest(workflowId: string, events: number) {
    const { namespace } = this.client.options;
    const request = { execution: { workflowId }, namespace, maximumPageSize: events };
    const { history } = await this.client.workflowService.getWorkflowExecutionHistoryReverse(request);
    return history?.events ?? [];
  }

  private handle(workflowId: string) {
    return this.client.workflow.getHandle(workflowId);
  }

  private stored<T>(ask: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + STORED_TIMEOUT_MS, ask);
  }
}

/** As much as the summary tells: which groups are done, and what the job has come to. */
function fromSummary({ state, plan }: JobInput, summary?: JobSummary): JobState {
  const start = state ?? newJobState(plan.groups, false);
  if (!summary) return start;
  const { status, group, children, endedMs, error } = summary;
  return {
    ...{ ...start, status, children, endedMs },
    groups: start.groups.map((each, index) => {
      if (index < group) return { ...each, status: each.status === 'skipped' ? 'skipped' : 'succeeded' };
      if (index > group || status === 'scheduled') return each;
      return { ...each, status: status === 'failed' || status === 'uncertain' ? status : 'running', error };
    }),
  };
}

/** What a worker will make of it. */
function withLost(state: JobState, { index }: GroupTask): JobState {
  const groups = state.groups.map((each, at) => {
    if (at > index) return each;
    if (at === index)
      return { ...each, status: 'uncertain' as const, tries: 1, error: 'its worker was lost' };
    return { ...each, status: each.status === 'skipped' ? ('skipped' as const) : ('succeeded' as const) };
  });
  return { ...state, status: 'uncertain', groups };
}
