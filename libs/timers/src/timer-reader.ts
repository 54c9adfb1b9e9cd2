import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { isPending } from '#contracts/pending.js';
import { withRun } from '#contracts/scheduled-run.js';
import { TIMER_LINES } from '#contracts/timer-line.js';
import type { TimerLine } from '#contracts/timer-line.js';
import { getDeadline, statusAt } from '#contracts/timers.js';
import type { AttemptRecord, TimersInput, TimerView } from '#contracts/timers.js';
import { isWithWorker } from './is-with-worker.js';
import { newView } from './new-view.js';
import { recordedSuccess, successIn } from './recorded-success.js';

/** A worker that is there and not busy answers sooner; without one a query fails only at its deadline. */
const HEAD_START_MS = 500;
const QUERY_TIMEOUT_MS = 1_900;
/** An engine that answers late is of more use to a client than a 503. */
const STORED_TIMEOUT_MS = 2_500;

/** gRPC. */
const NOT_FOUND = 5;

/** Nobody but a worker can tell how this stands, and none answers. */
export class OnlyWorkersKnow extends Error {}

/** Finds out how a timer stands: from its workflow, or, without a worker to ask, from what the engine stores. */
export class TimerReader {
  constructor(private readonly client: Client) {}

  /** Null if the engine has no such timer. */
  async read(workflowId: string, index: number): Promise<TimerView | null> {
    const known = new AbortController();
    try {
      return await this.askOrReadStored(workflowId, index, known.signal);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    } finally {
      known.abort();
    }
  }

  /** What the group was started with. Null if the engine has no such group. */
  async readStart(workflowId: string): Promise<TimersInput | null> {
    try {
      return await this.client.withDeadline(Date.now() + STORED_TIMEOUT_MS, async () => {
        return (await this.readInput(workflowId)) ?? null;
      });
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  /** The worker is asked first, and who answers first is believed. */
  private async askOrReadStored(
    workflowId: string,
    index: number,
    known: AbortSignal,
  ): Promise<TimerView | null> {
    const asked = this.ask(workflowId, index, known);
    const hasFailed = asked.then(
      () => false,
      (error: unknown) => {
        if (error instanceof WorkflowNotFoundError) throw error;
        return true;
      },
    );
    const isLate = new Promise<true>((resolve) => {
      const timer = setTimeout(() => resolve(true), HEAD_START_MS);
      known.addEventListener('abort', () => clearTimeout(timer));
    });
    if (!(await Promise.race([hasFailed, isLate]))) return asked;
    const stored = this.readStored(workflowId, index);
    return Promise.any([asked, stored]).catch(() => stored);
  }

  private ask(workflowId: string, index: number, known: AbortSignal): Promise<TimerView | null> {
    return this.client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      this.client.withAbortSignal(known, async () => {
        const query = () => this.client.workflow.getHandle(workflowId).query(getDeadline, index);
        const view = await query();
        if (!view || statusAt(view, Date.now()) !== 'dispatching') return view;
        const success = await recordedSuccess(this.client, workflowId, index, view);
        // If its window has ended meanwhile, the workflow knows.
        return success ? deliveredBy(view, success) : query().catch(() => view);
      }),
    );
  }

  /**
   * From what the engine stores; rejects with `WorkflowNotFoundError` if it stores nothing, and with `OnlyWorkersKnow` for
   * what the wheel has added to what the client has set.
   */
  async readStored(workflowId: string, index: number): Promise<TimerView | null> {
    return this.client.withDeadline(Date.now() + STORED_TIMEOUT_MS, async () => {
      const [{ memo, startTime, raw }, input] = await Promise.all([
        this.client.workflow.getHandle(workflowId).describe(),
        this.readInput(workflowId),
      ]);
      const timer = input && withRun(input, workflowId, () => 0).timers[index];
      const lines = memo?.[TIMER_LINES] as TimerLine[] | undefined;
      const line = lines?.[index];
      // The engine has started the run of a schedule, and no worker has taken it up.
      if (timer && !line && input.run) return newView(timer, startTime.getTime());
      if (lines && !line) throw new OnlyWorkersKnow(`${workflowId} has published nothing of timer ${index}`);
      if (!timer || !line) return null;
      const { dueMs, ...state } = line;
      // A worker that has a window has all that is due.
      const held = raw.pendingActivities?.some(isWithWorker) ?? false;
      const view = { timer: { ...timer, dueMs }, held: held && isPending(line.status), ...state };
      const success = await successIn(this.client, raw.pendingActivities, index, view).catch(() => undefined);
      return success ? deliveredBy(view, success) : view;
    });
  }

  // The first event of a run carries its input. Answered by the engine itself, in whose own words this call fails.
  private async readInput(workflowId: string): Promise<TimersInput | undefined> {
    const request = {
      execution: { workflowId },
      namespace: this.client.options.namespace,
      maximumPageSize: 1,
    };
    const { history } = await this.client.workflowService
      .getWorkflowExecutionHistory(request)
      .catch((error: unknown) => {
        if (!isGrpcServiceError(error) || Number(error.code) !== NOT_FOUND) throw error;
        throw new WorkflowNotFoundError(error.details, workflowId, undefined);
      });
    const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
    return decodeFromPayloadsAtIndex<TimersInput>(this.client.options.loadedDataConverter, 0, payloads);
  }
}

/** As it will be when its window has ended. */
function deliveredBy(view: TimerView, { attempt: attempts }: AttemptRecord): TimerView {
  return { ...view, status: 'delivered', held: false, attempts };
}
