import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { getAttempts, getDeadline, statusAt } from '#contracts/timers.js';
import type { AttemptRecord } from '#contracts/timers.js';
import { Logger } from '#observability/logger.js';
import { recordedSuccess } from '#timers/recorded-success.js';
import { noWorker } from '../http/engine-unavailable.js';
import { TIMER_WORDS, unknownTimer } from './timer-words.js';
import type { TimerWords } from './timer-words.js';

/** The attempt log is in the workflow alone: without a worker nobody can read it. */
const QUERY_TIMEOUT_MS = 1_800;

/** Every attempt of a timer that has ended. */
@Injectable()
export class AttemptsService {
  constructor(
    @Inject(Client) private readonly client: Client,
    private readonly logger: Logger,
    @Inject(TIMER_WORDS) private readonly words: TimerWords,
  ) {}

  async of(tenant: string, id: string): Promise<AttemptRecord[]> {
    const parts = decodeTimerId(id);
    if (!parts) throw unknownTimer(this.words, id);
    const workflowId = workflowIdOf(tenant, parts, this.words.kind);
    const handle = this.client.workflow.getHandle(workflowId);
    try {
      // One after the other: of two queries at once that find a workflow at its very start one is never answered.
      const attempts = await this.client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, async () => {
        const view = await handle.query(getDeadline, parts.index);
        if (view?.timer.id !== id) return undefined;
        // Before the log: a window that ends meanwhile leaves it there.
        const isBeingSent = statusAt(view, Date.now()) === 'dispatching';
        const success = isBeingSent && (await recordedSuccess(this.client, workflowId, parts.index, view));
        const log = await handle.query(getAttempts, parts.index);
        const isNew = success && log.every(({ attempt }) => attempt < success.attempt);
        return isNew ? [...log, success] : log;
      });
      if (attempts) return attempts;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) {
        this.logger.warn({ err: error }, 'Attempts could not be read');
        throw noWorker('the attempts');
      }
    }
    throw unknownTimer(this.words, id);
  }
}
