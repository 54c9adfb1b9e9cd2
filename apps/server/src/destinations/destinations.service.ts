import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import {
  DESTINATION_STATUS,
  DESTINATION_WORKFLOW,
  destinationWorkflowId,
  newDestination,
  pauseRequested,
  resumeRequested,
} from '#contracts/destination.js';
import type { DestinationInput, DestinationStatus } from '#contracts/destination.js';
import { TENANT } from '#contracts/search-attributes.js';
import { taskQueueOf } from '#contracts/task-queues.js';
import type { Page, PageQuery } from '../http/page.dto.js';
import { formatInstant } from '../http/rfc3339.js';
import { DestinationReader } from './destination-reader.js';
import type { DestinationDto } from './destinations.dto.js';
import { DESTINATIONS_SETTINGS } from './destinations.settings.js';
import type { DestinationsSettings } from './destinations.settings.js';

const CALL_TIMEOUT_MS = 2_500;

@Injectable()
export class DestinationsService {
  constructor(
    private readonly reader: DestinationReader,
    @Inject(Client) private readonly client: Client,
    @Inject(DESTINATIONS_SETTINGS) private readonly settings: DestinationsSettings,
  ) {}

  async list(tenant: string, page: PageQuery): Promise<Page<DestinationDto>> {
    const { statuses, nextCursor } = await this.reader.list(tenant, page);
    return { data: statuses.map((status) => destinationDto(status)), next_cursor: nextCursor };
  }

  async get(tenant: string, host: string): Promise<DestinationDto> {
    return destinationDto((await this.reader.read(tenant, host)) ?? { host });
  }

  /** The engine keeps the wish until a worker is there, so it is only accepted. */
  async pause(tenant: string, host: string): Promise<void> {
    const status = newDestination(tenant, host, Date.now());
    const input: DestinationInput = { settings: this.settings.circuit, status };
    const workflowId = await destinationWorkflowId(tenant, host);
    await this.call(() =>
      this.client.workflow.signalWithStart(DESTINATION_WORKFLOW, {
        ...{ workflowId, taskQueue: taskQueueOf(tenant, this.settings.taskQueues), args: [input] },
        ...{ signal: pauseRequested, signalArgs: [] },
        memo: { [DESTINATION_STATUS]: status },
        typedSearchAttributes: [{ key: TENANT, value: tenant }],
        priority: { fairnessKey: tenant },
      }),
    );
  }

  /** One that is healthy stays so. */
  async resume(tenant: string, host: string): Promise<void> {
    const workflow = this.client.workflow.getHandle(await destinationWorkflowId(tenant, host));
    await this.call(() => workflow.signal(resumeRequested)).catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }

  private call<T>(fn: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, fn);
  }
}

function destinationDto(status: Partial<DestinationStatus> & { host: string }): DestinationDto {
  return {
    host: status.host,
    state: status.state ?? 'healthy',
    since: formatInstant(status.sinceMs),
    consecutive_failures: status.consecutiveFailures ?? 0,
    failing_since: formatInstant(status.failingSinceMs),
    last_error: status.lastError ?? null,
    last_failure_at: formatInstant(status.lastFailureMs),
    not_before: formatInstant(status.notBeforeMs),
    next_probe_at: formatInstant(status.nextProbeMs),
  };
}
