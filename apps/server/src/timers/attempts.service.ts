import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { getAttempts, getDeadline } from '#contracts/timers.js';
import { Logger } from '#observability/logger.js';
import { ProblemException } from '../http/problem.exception.js';
import { attemptDto } from './attempts.dto.js';
import type { AttemptsDto } from './attempts.dto.js';

/** The attempt log is in the workflow alone: without a worker nobody can read it. */
const QUERY_TIMEOUT_MS = 1_800;

@Injectable()
export class AttemptsService {
  constructor(
    @Inject(Client) private readonly client: Client,
    private readonly logger: Logger,
  ) {}

  async of(tenant: string, id: string): Promise<AttemptsDto> {
    const parts = decodeTimerId(id);
    if (!parts) throw unknownTimer(id);
    const handle = this.client.workflow.getHandle(workflowIdOf(tenant, parts));
    try {
      // One after the other: of two queries at once that find a workflow at its very start one is never answered.
      const attempts = await this.client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, async () => {
        const view = await handle.query(getDeadline, parts.index);
        return view?.timer.id === id ? handle.query(getAttempts, parts.index) : undefined;
      });
      if (attempts) return { data: attempts.map(attemptDto) };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw this.noWorker(error);
    }
    throw unknownTimer(id);
  }

  private noWorker(error: unknown): ProblemException {
    this.logger.warn({ err: error }, 'Attempts could not be read');
    const detail = 'No worker answers, and only workers can read the attempts. Try again.';
    return new ProblemException(503, 'no-worker', detail, { headers: { 'retry-after': '1' } });
  }
}

function unknownTimer(id: string): ProblemException {
  return new ProblemException(
    404,
    'not-found',
    `There is no timer ${id}, or its attempts are no longer kept.`,
  );
}
