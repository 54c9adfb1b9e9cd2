import { Injectable, Optional } from '@nestjs/common';
import { Database } from '#database/database.js';
import { Flows } from '#database/flows.js';
import { flowControl, flowProblem } from '../timers/timer-request.js';
import { formatDuration } from '../timers/duration.js';
import { invalid } from '../http/problem.exception.js';
import type { DestinationFlowDto } from './destinations.dto.js';
import { flowNeedsDatabase } from './flow-needs-database.js';

/** What tenants want for everything that goes to a destination. Workers read it every few seconds. */
@Injectable()
export class DestinationFlowsService {
  private readonly flows?: Flows;

  constructor(@Optional() database?: Database) {
    if (database) this.flows = new Flows(database);
  }

  /** Empty if there are no limits. */
  async get(tenant: string, host: string): Promise<DestinationFlowDto> {
    const { rate, periodMs, parallelism } = (await this.stored.destination(tenant, host)) ?? {};
    return {
      ...(rate && { rate, period: formatDuration(periodMs ?? 1_000) }),
      ...(parallelism && { parallelism }),
    };
  }

  async set(tenant: string, host: string, flow: DestinationFlowDto): Promise<DestinationFlowDto> {
    const { stored } = this;
    const wish = { key: host, ...flow };
    const message = flowProblem(wish);
    if (message) throw invalid([{ field: 'flow', message }]);
    const { rate, periodMs, parallelism } = flowControl(wish);
    const limits = { rate: rate ?? null, periodMs: periodMs ?? null, parallelism: parallelism ?? null };
    await stored.setDestination({ tenant, host, ...limits });
    return this.get(tenant, host);
  }

  async remove(tenant: string, host: string): Promise<void> {
    await this.stored.removeDestination(tenant, host);
  }

  private get stored(): Flows {
    if (!this.flows) throw flowNeedsDatabase();
    return this.flows;
  }
}
