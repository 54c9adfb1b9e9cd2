import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeTimerId, workflowIdOf } from '#contracts/timer-id.js';
import { getAttempts, getDeadline } from '#contracts/timers.js';
import { Logger } from '#observability/logger.js';
import { noWorker } from '../http/engine-unavailable.js';
import { attemptDto } from './attempts.dto.js';
import type { AttemptsDto } from './attempts.dto.js';
import { unknownTimer } from './unknown-timer.js';

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
      if (!(error instanceof WorkflowNotFoundError)) {
        this.logger.warn({ err: error }, 'Attempts could not be read');
        throw noWorker('the attempts');
      }
    }
    throw unknownTimer(id);
  }
}
