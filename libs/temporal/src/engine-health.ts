import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { Client } from '@temporalio/client';

const TIMEOUT_MS = 1_500;

/** Health indicator: the engine answers, and our namespace is there. */
@Injectable()
export class EngineHealth {
  constructor(
    @Inject(Client) private readonly client: Client,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const { namespace } = this.client.options;
    const indicator = this.indicators.check('engine');
    try {
      await this.client.withDeadline(Date.now() + TIMEOUT_MS, () =>
        this.client.workflowService.describeNamespace({ namespace }),
      );
      return indicator.up({ namespace });
    } catch (error) {
      return indicator.down({ namespace, reason: (error as Error).message });
    }
  }
}
