import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '#contracts/search-attributes.js';
import { Faults } from '#observability/faults.js';
import { Logger } from '#observability/logger.js';
import { prepareNamespace } from '#temporal/namespace.js';
import { WorkerHost } from '#temporal/worker-host.js';
import { SendBatchActivity } from './activities/blasts/send-batch.activity.js';
import { RunGroupActivity } from './activities/jobs/run-group.activity.js';
import { DeliverActivity } from './activities/webhook/deliver.activity.js';

/** Of the grace time, for what comes after the work. */
const CLOSING_MS = 500;

export const WORKER_SETTINGS = Symbol('WORKER_SETTINGS');

export interface WorkerSettings {
  prepareNamespace: boolean;
  retentionDays: number;
  shutdownGraceMs: number;
}

/** Begins work when the process is up, and ends it in order when it is to go. */
@Injectable()
export class WorkerLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly host: WorkerHost,
    private readonly deliver: DeliverActivity,
    private readonly groups: RunGroupActivity,
    private readonly batches: SendBatchActivity,
    private readonly logger: Logger,
    private readonly faults: Faults,
    @Inject(Client) private readonly client: Client,
    @Inject(WORKER_SETTINGS) private readonly settings: WorkerSettings,
  ) {}

  // Not awaited: the health routes answer while the engine is still away.
  onApplicationBootstrap(): void {
    this.begin().catch((error: unknown) => this.die(error));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.host.stopPolling();
    this.deliver.stop();
    this.groups.stop();
    this.batches.stop();
    const drained = this.host.drained().then(() => this.deliver.whenReported());
    const graceOver = sleep(this.settings.shutdownGraceMs - CLOSING_MS, true, { ref: false });
    if (await Promise.race([drained, graceOver])) {
      this.logger.warn({}, 'The grace time is over with deliveries in flight: they count as lost attempts');
      return;
    }
    await this.host.close();
  }

  private async begin(): Promise<void> {
    const { prepareNamespace: prepare, retentionDays } = this.settings;
    await prepareNamespace(
      this.client,
      { prepare, retentionDays, searchAttributes: SEARCH_ATTRIBUTES },
      this.logger,
    );
    if (this.stopping) return;
    await this.host.start((error) => this.die(error));
    this.logger.info({}, 'Worker is polling');
  }

  // Without its worker this process only looks alive. Whoever supervises it starts another one.
  private die(error: unknown): void {
    if (this.stopping) return;
    this.logger.error({ err: error }, 'The worker has ended, so this process ends too');
    this.faults.report(error, { crash: 'worker' });
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  }
}
