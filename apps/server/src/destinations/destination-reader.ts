import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { DESTINATION_STATUS, DESTINATION_WORKFLOW, destinationWorkflowId } from '#contracts/destination.js';
import type { DestinationStatus } from '#contracts/destination.js';
import { TENANT } from '#contracts/search-attributes.js';
import { decodeCursor, encodeCursor } from '#timers/list-cursor.js';
import { quoted } from '#timers/visibility-query.js';
import type { PageQuery } from '../http/page.dto.js';

const READ_TIMEOUT_MS = 1_500;

/** Reads how destinations stand: from what the engine stores, so no worker is asked. */
@Injectable()
export class DestinationReader {
  constructor(@Inject(Client) private readonly client: Client) {}

  /** Undefined if the destination is healthy. */
  async read(tenant: string, host: string): Promise<DestinationStatus | undefined> {
    const workflow = this.client.workflow.getHandle(await destinationWorkflowId(tenant, host));
    try {
      const { memo, status } = await this.call(() => workflow.describe());
      if (status.name !== 'RUNNING' && status.name !== 'CONTINUED_AS_NEW') return undefined;
      return memo?.[DESTINATION_STATUS] as DestinationStatus | undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** Those of the tenant that are not healthy, and where the next page begins. Throws `InvalidCursor`. */
  async list(
    tenant: string,
    { limit, cursor }: PageQuery,
  ): Promise<{ statuses: DestinationStatus[]; nextCursor: string | null }> {
    const list = `destinations of ${tenant}`;
    const { token } = cursor === undefined ? { token: '' } : decodeCursor(cursor, list);
    const { namespace, loadedDataConverter } = this.client.options;
    const ofTenant = `${TENANT.name} = ${quoted(tenant)}`;
    const page = await this.call(() =>
      this.client.workflowService.listWorkflowExecutions({
        namespace,
        query: `WorkflowType = '${DESTINATION_WORKFLOW}' AND ExecutionStatus = 'Running' AND ${ofTenant}`,
        pageSize: limit,
        nextPageToken: Buffer.from(token, 'base64url'),
      }),
    );
    const memos = (page.executions ?? []).map(({ memo }) => memo?.fields?.[DESTINATION_STATUS]);
    const statuses = await Promise.all(
      memos.map((payload) =>
        decodeFromPayloadsAtIndex<DestinationStatus>(loadedDataConverter, 0, payload && [payload]),
      ),
    );
    const next = Buffer.from(page.nextPageToken ?? []).toString('base64url');
    return { statuses, nextCursor: next ? encodeCursor({ token: next }, list) : null };
  }

  private call<T>(fn: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + READ_TIMEOUT_MS, fn);
  }
}
