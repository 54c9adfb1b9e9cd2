import { randomUUID } from 'node:crypto';
import {
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { changeRequested, changeTimer } from '#contracts/timer-change.js';
import type { ChangeRequest, ChangeResult, TimerChange } from '#contracts/timer-change.js';
import { TENANT, TIMER_STATUSES } from '#contracts/search-attributes.js';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { TIMER_LINES } from '#contracts/timer-line.js';
import { getState, TIMERS_WORKFLOW } from '#contracts/timers.js';
import type { TimerReader } from './timer-reader.js';

/** A worker that is there answers sooner, even if another one has to give a window back for it. */
const DECISION_TIMEOUT_MS = 1_500;
const CALL_TIMEOUT_MS = 1_200;
const GRPC_RESOURCE_EXHAUSTED = 8;
const MAX_TRIES = 3;

/** `accepted`: no worker has decided yet; the engine keeps the change until one does. */
export type Changed = Omit<ChangeResult, 'outcome'> & { outcome: ChangeResult['outcome'] | 'accepted' };

const UNKNOWN: Changed = { outcome: 'unknown', view: null, dispatching: false };

/** Changes one timer, whether its workflow runs, has ended, or has no worker. */
export class TimerChanges {
  constructor(
    private readonly client: Client,
    private readonly reader: TimerReader,
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
    const workflowId = workflowIdOf(tenant, parts);
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

  /** Undefined if no worker has decided in time, or too many changes of the group wait for that already. */
  private async ask(workflowId: string, request: ChangeRequest): Promise<ChangeResult | undefined> {
    const handle = this.client.workflow.getHandle(workflowId);
    try {
      return await this.client.withDeadline(Date.now() + DECISION_TIMEOUT_MS, () =>
        handle.executeUpdate(changeTimer, { args: [request], updateId: request.changeId }),
      );
    } catch (error) {
      const { cause } = error as Error;
      const tooMany = isGrpcServiceError(cause) && Number(cause.code) === GRPC_RESOURCE_EXHAUSTED;
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || tooMany) return undefined;
      throw error;
    }
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
    if (request.change.kind === 'cancel' && view.status === 'canceled') return { outcome: 'made', ...result };
    if (request.change.kind !== 'redeliver' || view.status === 'canceled') {
      return { outcome: 'refused', ...result };
    }
    const repeated = !(await this.restart(tenant, workflowId, request));
    const now = await this.reader.read(workflowId, index);
    return { ...result, outcome: 'made', view: now, ...(repeated && { repeated }) };
  }

  /**
   * Goes on with the group where its workflow has ended, in a run that begins with the change. That run stays open for
   * longer than these calls may take, so a state that was read is never one that another run has moved on from. False if
   * this change had been made already.
   */
  private async restart(tenant: string, workflowId: string, request: ChangeRequest): Promise<boolean> {
    const { runId, memo, taskQueue } = await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflow.getHandle(workflowId).describe(),
    );
    const ended = this.client.workflow.getHandle(workflowId, runId);
    const state = await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () => ended.query(getState));
    if (state.changes?.includes(request.changeId)) return false;
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflow.start(TIMERS_WORKFLOW, {
        workflowId,
        taskQueue,
        args: [{ ...state, change: request }],
        priority: { fairnessKey: tenant },
        memo: { [TIMER_LINES]: memo?.[TIMER_LINES] },
        typedSearchAttributes: [
          { key: TENANT, value: tenant },
          { key: TIMER_STATUSES, value: ['scheduled'] },
        ],
      }),
    );
    // Its timers live on in the new run: they would be listed twice.
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflowService.deleteWorkflowExecution({
        namespace: this.client.options.namespace,
        workflowExecution: { workflowId, runId },
      }),
    );
    return true;
  }
}
