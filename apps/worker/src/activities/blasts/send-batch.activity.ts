import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Injectable } from '@nestjs/common';
import type {
  BatchEnd,
  BatchTask,
  BlastContent,
  BlastRetry,
  BlastTimes,
  PauseReason,
} from '#contracts/blast.js';
import { SMTP_PROVIDER } from '#contracts/email.js';
import { openContent } from '#database/blast-content.js';
import type { StoredBlast } from '#database/blasts.js';
import type { Sealing } from '#database/sealing.js';
import { Logger } from '#observability/logger.js';
import { BlastMessage } from '../../recipients/blast-message.js';
import type { BlastRules } from '../../recipients/blast-message.js';
import { BlastSender } from '../../recipients/blast-sender.js';
import { BlastMetrics } from '../../metrics/blast-metrics.js';
import { ConfirmedHeartbeat } from '../lease/confirmed-heartbeat.js';
import { EngineClock } from '../webhook/engine-clock.js';
import { FlowGate } from '../webhook/flow-gate.js';
import { Lease } from '../lease/lease.js';
import { Batch } from './batch.js';
import type { BatchProgress } from './batch.js';
import { BlastStores } from './blast-stores.js';
import { Pacing } from './pacing.js';
import { persist } from './persist.js';

const NOTHING: BatchProgress = { claimed: 0, sent: 0, failed: 0 };

/** The `sendBatch` activity: sends to some recipients of a blast, under a lease. */
@Injectable()
export class SendBatchActivity {
  private readonly batches = new Set<Batch>();
  private stopping = false;

  constructor(
    private readonly stores: BlastStores,
    private readonly sender: BlastSender,
    private readonly gate: FlowGate,
    private readonly clock: EngineClock,
    private readonly metrics: BlastMetrics,
    private readonly logger: Logger,
  ) {}

  async sendBatch(task: BatchTask): Promise<BatchEnd> {
    const heartbeat = new ConfirmedHeartbeat();
    const before = (Context.current().info.heartbeatDetails as BatchProgress | undefined) ?? NOTHING;
    let batch: Batch | undefined;
    let canceled = false;
    const beat = async () => {
      const { cancelRequested } = await heartbeat.beat(batch?.progress ?? before);
      canceled ||= cancelRequested;
      if (canceled) batch?.stop();
    };
    const lease = new Lease(beat, (error) =>
      this.logger.warn({ err: error }, 'A heartbeat was not confirmed'),
    );
    // A worker that was stopped wakes up with an old task in its hands: nothing before the engine has confirmed it.
    await lease.confirm();
    lease.keep().catch(() => batch?.stop());
    try {
      batch = await this.prepare(task, before, lease);
      const { sent, failed } = before;
      if (!batch || canceled || this.stopping) return { why: 'stopped', sent, failed };
      this.batches.add(batch);
      this.metrics.batches(1);
      const end = await batch.run();
      // So that the lease lasts until the outcome has reached the engine.
      await lease.confirm();
      return end;
    } finally {
      lease.end();
      if (batch && this.batches.delete(batch)) this.metrics.batches(-1);
    }
  }

  /** Begins nothing more: every batch ends when what it has under way has ended. */
  stop(): void {
    this.stopping = true;
    for (const batch of this.batches) batch.stop();
  }

  /** Undefined if there is nothing to be sent. */
  private async prepare(task: BatchTask, before: BatchProgress, lease: Lease): Promise<Batch | undefined> {
    const { tenant, id, lane, batch } = task;
    const { blasts, sending, flows, sealing } = this.stores.open();
    const { attempt } = Context.current().info;
    const ask = <T>(question: () => Promise<T>) => persist(question, (error) => this.away(error));
    const content = (await ask(() => sending.pace(id, lane)))?.content;
    const stored = await ask(() => blasts.find(tenant, id));
    if (!stored) return undefined;
    const rules = rulesOf(stored, sealing);
    const times = stored.times as BlastTimes;
    const holder = { blast: id, lane, batch, attempt, claim: randomUUID() };
    const lost = { resend: stored.onUncertain === 'resend', maxAttempts: rules.retry.maxAttempts };
    const tally = await ask(() => sending.takeLane(holder, lost));
    if (!tally) return undefined;
    await this.sender.prepare(rules);
    const pause = async (reason: PauseReason, detail: string, changes?: number) => {
      const set = { status: 'paused', reason, detail };
      await ask(() => blasts.move(tenant, id, { from: ['running'], set, changes }));
    };
    const provider = rules.content.email && SMTP_PROVIDER;
    return new Batch({
      ...{ task, before, holder, tally, rules, message: new BlastMessage(rules), persist: ask, pause, lease },
      ...{ timezone: times.timezone, window: times.window, content },
      ...{ sending, sender: this.sender, clock: this.clock, metrics: this.metrics },
      pacing: new Pacing({ tenant, id, lane, provider }, sending, flows, this.gate, this.clock),
    });
  }

  private away(error: unknown): void {
    this.logger.warn({ err: error }, 'The database does not answer: a blast waits for it');
  }
}

function rulesOf(blast: StoredBlast, sealing: Sealing): BlastRules {
  const { id, tenant, retry, onUncertain } = blast;
  return {
    ...{ id, tenant, content: openContent<BlastContent>(sealing, blast) },
    ...{ retry: retry as BlastRetry, onUncertain },
  };
}
