import { randomUUID } from 'node:crypto';
import {
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Client } from '@temporalio/client';
import {
  changeRequested,
  changeSeveral,
  changeTimer,
  severalChangesRequested,
} from '#contracts/timer-change.js';
import type { ChangeDecision, ChangeRequest, ChangeResult, TimerChange } from '#contracts/timer-change.js';
import { KEPT_CHANGE_WORKFLOW, keptChangeWorkflowId } from '#contracts/kept-change.js';
import type { KeptChangeInput } from '#contracts/kept-change.js';
import { TENANT, TIMER_STATUSES } from '#contracts/search-attributes.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { TIMER_LINES } from '#contracts/timer-line.js';
import { getState } from '#contracts/timers.js';
import type { GroupKind, TimersInput, TimerView } from '#contracts/timers.js';
import { OnlyWorkersKnow } from './timer-reader.js';
import type { TimerReader } from './timer-reader.js';

/** A worker that is there answers sooner, even if another one has to give a window back for it. */
const DECISION_TIMEOUT_MS = 1_500;
const CALL_TIMEOUT_MS = 1_200;
/** No client waits for changes of several timers, and workers may have a lot to do with these. */
const SEVERAL_TIMEOUT_MS = 3_000;
const GRPC_RESOURCE_EXHAUSTED = 8;
/** CANCELLED and DEADLINE_EXCEEDED: a worker is awaited that has just gone; FAILED_PRECONDITION: there was none for long. */
const UNANSWERED_CODES = [1, 4, 9];
/** CANCELLED, DEADLINE_EXCEEDED and UNAVAILABLE: the engine did not say in time; NOT_FOUND: it is gone already. */
const NOT_DELETED_CODES = [1, 4, 14, 5];
const MAX_TRIES = 3;

/** `accepted`: no worker has decided yet; the engine keeps the change until one does. */
export type Changed = Omit<ChangeResult, 'outcome'> & { outcome: ChangeResult['outcome'] | 'accepted' };

const UNKNOWN: Changed = { outcome: 'unknown', view: null, dispatching: false };

/** What became of one change of several. */
export type Decided = Omit<ChangeDecision, 'outcome'> & Pick<Changed, 'outcome'>;

/** Changes timers, whether their workflow runs, has ended, or has no worker. */
export class TimerChanges {
  constructor(
    private readonly client: Client,
    private readonly reader: TimerReader,
    private readonly kind: GroupKind = 'timers',
  ) {}

  /** `changeId`: the same at every try of one change, so that it is made once. */
  async change(
    tenant: string,
    id: string,
    change: TimerChange,
    changeId: string = randomUUID(),
  ): Promise<Changed> {
    const parts = decodeTimerId(id);
    if (!parts) return UNKNOWN;
    const workflowId = workflowIdOf(tenant, parts, this.kind);
    const request: ChangeRequest = { changeId, id, change };
    // A group may end, or be brought back by somebody else, between two of these steps.
    for (let tries = 1; ; tries++) {
      try {
        return (await this.ask(workflowId, request)) ?? (await this.leave(workflowId, parts.index, request));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
      try {
        return await this.changeEnded(tenant, workflowId, parts.index, request);
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError) || tries === MAX_TRIES) throw error;
      }
    }
  }

  /**
   * Makes changes to timers of one group, in their order: what that costs, such as a window that is given back or a run
   * that is started anew, it costs once.
   */
  async changeSeveral(tenant: string, workflowId: string, requests: ChangeRequest[]): Promise<Decided[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.askForSeveral(workflowId, requests);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
      try {
        return await this.changeSeveralEnded(tenant, workflowId, requests);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return requests.map(() => ({ outcome: 'unknown' }));
        if (!(error instanceof WorkflowExecutionAlreadyStartedError) || tries === MAX_TRIES) throw error;
      }
    }
  }

  private async askForSeveral(workflowId: string, requests: ChangeRequest[]): Promise<Decided[]> {
    const handle = this.client.workflow.getHandle(workflowId);
    const decided = await orUndecided(
      this.client.withDeadline(Date.now() + SEVERAL_TIMEOUT_MS, () =>
        handle.executeUpdate(changeSeveral, { args: [requests] }),
      ),
    );
    if (decided) return decided;
    await this.client.withDeadline(Date.now() + SEVERAL_TIMEOUT_MS, () =>
      handle.signal(severalChangesRequested, requests),
    );
    return requests.map(() => ({ outcome: 'accepted' }));
  }

  private async changeSeveralEnded(
    tenant: string,
    workflowId: string,
    requests: ChangeRequest[],
  ): Promise<Decided[]> {
    const ended = await this.readEnded(workflowId, SEVERAL_TIMEOUT_MS);
    const decided = requests.map((request) => decideEnded(request, ended.state));
    const begin = requests.filter(({ change }, index) => {
      const { outcome, repeated } = decided[index] as Decided;
      return change.kind === 'redeliver' && outcome === 'made' && !repeated;
    });
    if (begin.length > 0) await this.restart(tenant, workflowId, ended, begin);
    return decided;
  }

  /** Undefined if no worker has decided in time, or too many changes of the group wait for that already. */
  private async ask(workflowId: string, request: ChangeRequest): Promise<ChangeResult | undefined> {
    const handle = this.client.workflow.getHandle(workflowId);
    return orUndecided(
      this.client.withDeadline(Date.now() + DECISION_TIMEOUT_MS, () =>
        handle.executeUpdate(changeTimer, { args: [request], updateId: request.changeId }),
      ),
    );
  }

  // An update that no worker has taken is forgotten with the engine's process; a signal is not. Those that are kept are
  // made one after the other, so none may depend on how the timer stands now.
  private async leave(workflowId: string, index: number, request: ChangeRequest): Promise<Changed> {
    const change =
      request.change.kind === 'modify' ? { ...request.change, basedOn: undefined } : request.change;
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflow.getHandle(workflowId).signal(changeRequested, { ...request, change }),
    );
    const view = await this.reader.read(workflowId, index);
    return view?.timer.id === request.id ? { outcome: 'accepted', view, dispatching: false } : UNKNOWN;
  }

  private async changeEnded(
    tenant: string,
    workflowId: string,
    index: number,
    request: ChangeRequest,
  ): Promise<Changed> {
    const view = await this.reader.read(workflowId, index);
    if (view?.timer.id !== request.id) return UNKNOWN;
    const result = { view, dispatching: false };
    if (request.change.ifVersions?.includes(view.version) === false) return { outcome: 'stale', ...result };
    if (request.change.kind === 'cancel' && view.status === 'canceled') return { outcome: 'made', ...result };
    if (request.change.kind !== 'redeliver' || view.status === 'canceled') {
      return { outcome: 'refused', ...result };
    }
    const ended = await this.readEnded(workflowId, CALL_TIMEOUT_MS).catch((error: unknown) => {
      if (error instanceof EndedUnread) return error;
      throw error;
    });
    if (ended instanceof EndedUnread) {
      await this.keep(tenant, view, ended.taskQueue);
      return { ...result, outcome: 'accepted' };
    }
    const repeated = ended.state.changes?.includes(request.changeId);
    if (!repeated) await this.restart(tenant, workflowId, ended, [request]);
    const now = await this.reader.read(workflowId, index);
    return { ...result, outcome: 'made', view: now, ...(repeated && { repeated }) };
  }

  // The run has ended, so it takes no signal, and what a new one would begin with only a worker can tell.
  private async keep(
    tenant: string,
    { timer: { id }, version }: TimerView,
    taskQueue: string,
  ): Promise<void> {
    const input: KeptChangeInput = { tenant, kind: 'redeliver', id };
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflow.start(KEPT_CHANGE_WORKFLOW, {
        workflowId: keptChangeWorkflowId(tenant, id, version),
        workflowIdConflictPolicy: 'USE_EXISTING',
        taskQueue,
        args: [input],
        priority: { fairnessKey: tenant },
      }),
    );
  }

  private async readEnded(workflowId: string, timeoutMs: number): Promise<EndedGroup> {
    const { runId, memo, taskQueue } = await this.client.withDeadline(Date.now() + timeoutMs, () =>
      this.client.workflow.getHandle(workflowId).describe(),
    );
    const ended = this.client.workflow.getHandle(workflowId, runId);
    const state = await this.client
      .withDeadline(Date.now() + timeoutMs, () => ended.query(getState))
      .catch((error: unknown) => {
        const { cause } = error as Error;
        if (!isGrpcServiceError(cause) || !UNANSWERED_CODES.includes(Number(cause.code))) throw error;
        throw new EndedUnread(workflowId, taskQueue, error);
      });
    return { runId, taskQueue, lines: memo?.[TIMER_LINES], state };
  }

  /**
   * Goes on with the group where its workflow has ended, in a run that begins with the changes. That run stays open for
   * longer than these calls may take, so a state that was read is never one that another run has moved on from.
   */
  private async restart(
    tenant: string,
    workflowId: string,
    { runId, taskQueue, lines, state }: EndedGroup,
    begin: ChangeRequest[],
  ): Promise<void> {
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflow.start(this.kind, {
        workflowId,
        taskQueue,
        args: [{ ...state, begin }],
        priority: { fairnessKey: tenant },
        memo: { [TIMER_LINES]: lines },
        typedSearchAttributes: [
          { key: TENANT, value: tenant },
          { key: TIMER_STATUSES, value: ['scheduled'] },
        ],
      }),
    );
    // Its timers live on in the new run. The change is made whether this works or not: lists leave the older run out.
    await this.client
      .withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        this.client.workflowService.deleteWorkflowExecution({
          namespace: this.client.options.namespace,
          workflowExecution: { workflowId, runId },
        }),
      )
      .catch((error: unknown) => {
        if (!isGrpcServiceError(error) || !NOT_DELETED_CODES.includes(Number(error.code))) throw error;
      });
  }
}

/** The last run of a group whose timers have all ended. */
interface EndedGroup {
  runId: string;
  taskQueue: string;
  /** As they were published. */
  lines: unknown;
  state: TimersInput;
}

/** No worker tells how the group has ended. */
class EndedUnread extends OnlyWorkersKnow {
  constructor(
    workflowId: string,
    readonly taskQueue: string,
    cause: unknown,
  ) {
    super(`No worker tells how ${workflowId} has ended`, { cause });
  }
}

/** What a change to a timer of it comes to: made if the group goes on with it. */
function decideEnded(
  { changeId, id, change }: ChangeRequest,
  { timers, progress, changes }: TimersInput,
): Decided {
  const index = timers.findIndex((timer) => timer.id === id && !timer.noticeOf);
  if (index < 0) return { outcome: 'unknown' };
  if (changes?.includes(changeId)) return { outcome: 'made', repeated: true };
  const isCanceled = progress?.[index]?.ended === 'canceled';
  const isPossible = change.kind === 'cancel' ? isCanceled : change.kind === 'redeliver' && !isCanceled;
  return { outcome: isPossible ? 'made' : 'refused' };
}

/** Undefined if no worker has decided in time, or too many changes of the group wait for that already. */
async function orUndecided<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const { cause } = error as Error;
    const tooMany = isGrpcServiceError(cause) && Number(cause.code) === GRPC_RESOURCE_EXHAUSTED;
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || tooMany) return undefined;
    throw error;
  }
}
