import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowExecutionStatusName } from '@temporalio/client';
import { BULK_CHANGE_WORKFLOW, BULK_PROGRESS, bulkChangeWorkflowId } from '#contracts/bulk-change.js';
import type { BulkChangeInput, BulkKind, BulkProgress } from '#contracts/bulk-change.js';
import { taskQueueOf } from '#contracts/task-queues.js';
import { formatInstant } from '../http/rfc3339.js';
import { ProblemException } from '../http/problem.exception.js';
import { TIMERS_SETTINGS } from '../timers/timers.settings.js';
import type { TimersSettings } from '../timers/timers.settings.js';
import { bulkFilter } from './bulk-filter.js';
import type { BulkFilterDto, OperationDto } from './operations.dto.js';

const CALL_TIMEOUT_MS = 2_500;

const STATUS: Partial<Record<WorkflowExecutionStatusName, OperationDto['status']>> = {
  COMPLETED: 'finished',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  CANCELLED: 'canceled',
  TERMINATED: 'canceled',
};

@Injectable()
export class OperationsService {
  constructor(
    @Inject(Client) private readonly client: Client,
    @Inject(TIMERS_SETTINGS) private readonly settings: Pick<TimersSettings, 'taskQueues'>,
  ) {}

  /** Starts an operation that goes on whatever becomes of this server. */
  async start(tenant: string, kind: BulkKind, dto: BulkFilterDto): Promise<OperationDto> {
    const createdMs = Date.now();
    const filter = bulkFilter(kind, dto, createdMs);
    const id = randomUUID();
    const progress: BulkProgress = { kind, matched: 0, done: 0, refused: 0, failed: 0, createdMs };
    const input: BulkChangeInput = { tenant, kind, filter, progress };
    await this.call(() =>
      this.client.workflow.start(BULK_CHANGE_WORKFLOW, {
        workflowId: bulkChangeWorkflowId(tenant, id),
        taskQueue: taskQueueOf(tenant, this.settings.taskQueues),
        args: [input],
        priority: { fairnessKey: tenant },
        memo: { [BULK_PROGRESS]: progress },
      }),
    );
    return operationDto(id, progress, 'running');
  }

  async get(tenant: string, id: string): Promise<OperationDto> {
    try {
      const { memo, status, closeTime } = await this.call(() => this.handle(tenant, id).describe());
      const progress = memo?.[BULK_PROGRESS] as BulkProgress;
      return operationDto(id, progress, STATUS[status.name] ?? 'running', closeTime);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw new ProblemException(404, 'not-found', `There is no operation ${id}.`);
    }
  }

  /** Has it stop after the timers that are just being changed. One that has ended stays as it is. */
  async stop(tenant: string, id: string): Promise<OperationDto> {
    await this.call(() => this.handle(tenant, id).cancel()).catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
    return this.get(tenant, id);
  }

  private handle(tenant: string, id: string) {
    return this.client.workflow.getHandle(bulkChangeWorkflowId(tenant, id));
  }

  private call<T>(ask: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, ask);
  }
}

function operationDto(
  id: string,
  { kind, matched, done, refused, failed, createdMs }: BulkProgress,
  status: OperationDto['status'],
  finished?: Date,
): OperationDto {
  return {
    ...{ id, kind, status, matched, done, refused, failed },
    created_at: formatInstant(createdMs),
    finished_at: finished?.toISOString() ?? null,
  };
}
