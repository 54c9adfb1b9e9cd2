import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import {
  claimProbe,
  DESTINATION_STATUS,
  DESTINATION_WORKFLOW,
  destinationWorkflowId,
  newDestination,
  outcomesReported,
} from '#contracts/destination.js';
import type {
  CircuitSettings,
  DestinationInput,
  DestinationStatus,
  OutcomeReport,
} from '#contracts/destination.js';
import { TENANT } from '#contracts/search-attributes.js';

const CALL_TIMEOUT_MS = 3_000;
/** More destinations in trouble than this, of all tenants, are not looked at: then something else is wrong. */
const MOST_DESTINATIONS = 5_000;

export const SHARED_DESTINATIONS_SETTINGS = Symbol('SHARED_DESTINATIONS_SETTINGS');

export interface SharedDestinationsSettings {
  circuit: CircuitSettings;
  taskQueue: string;
}

/** What all workers together know of destinations that are not healthy: in the engine, a workflow for each. */
@Injectable()
export class SharedDestinations {
  constructor(
    @Inject(Client) private readonly client: Client,
    @Inject(SHARED_DESTINATIONS_SETTINGS) private readonly settings: SharedDestinationsSettings,
  ) {}

  async report(tenant: string, host: string, report: OutcomeReport): Promise<void> {
    const { circuit, taskQueue } = this.settings;
    const status = newDestination(tenant, host, Date.now());
    const input: DestinationInput = { settings: circuit, status };
    const workflowId = await destinationWorkflowId(tenant, host);
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflow.signalWithStart(DESTINATION_WORKFLOW, {
        ...{ workflowId, taskQueue, args: [input], signal: outcomesReported, signalArgs: [report] },
        memo: { [DESTINATION_STATUS]: status },
        typedSearchAttributes: [{ key: TENANT, value: tenant }],
        priority: { fairnessKey: tenant },
      }),
    );
  }

  /** Whether this worker may send the probe. Nobody need be asked about a destination that is healthy by now. */
  async claimProbe(tenant: string, host: string): Promise<boolean> {
    const workflow = this.client.workflow.getHandle(await destinationWorkflowId(tenant, host));
    try {
      return await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        workflow.executeUpdate(claimProbe),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return true;
      throw error;
    }
  }

  /** `complete`: there are no others. */
  async list(): Promise<{ statuses: DestinationStatus[]; complete: boolean }> {
    const query = `WorkflowType = '${DESTINATION_WORKFLOW}' AND ExecutionStatus = 'Running'`;
    return this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => {
      const statuses: DestinationStatus[] = [];
      for await (const { memo } of this.client.workflow.list({ query, pageSize: 1_000 })) {
        const status = memo?.[DESTINATION_STATUS] as DestinationStatus | undefined;
        if (status) statuses.push(status);
        if (statuses.length === MOST_DESTINATIONS) return { statuses, complete: false };
      }
      return { statuses, complete: true };
    });
  }
}
