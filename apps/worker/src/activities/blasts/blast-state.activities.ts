import { Context } from '@temporalio/activity';
import { Injectable } from '@nestjs/common';
import type {
  BlastEnd,
  BlastLook,
  BlastRetry,
  BlastRunKey,
  BlastStatus,
  BlastTimes,
  BlastView,
} from '#contracts/blast.js';
import type { StoredBlast } from '#database/blasts.js';
import { EngineClock } from '../webhook/engine-clock.js';
import { BlastStores } from './blast-stores.js';

const BEAT_MS = 5_000;
const STOPPABLE = ['scheduled', 'listing', 'running', 'paused', 'ending'];

/** What the workflow of a blast asks and does about the blast as a whole. */
@Injectable()
export class BlastStateActivities {
  constructor(
    private readonly stores: BlastStores,
    private readonly clock: EngineClock,
  ) {}

  async viewBlast({ tenant, id, quiet }: BlastLook): Promise<BlastView | null> {
    const { blasts, sending } = this.stores.open();
    const blast = await blasts.find(tenant, id);
    if (!blast) return null;
    const ahead = await sending.ahead(id);
    if (quiet && ahead.sending) {
      await sending.closeLanes(id, lostPolicy(blast));
      return this.viewBlast({ tenant, id, quiet });
    }
    const { atMs } = blast.times as BlastTimes;
    return {
      ...{ status: blast.status as BlastStatus, run: blast.run, parallelism: blast.parallelism },
      // Where each has a time of their own it is that of the first who could be due: recipients come in until then.
      ...(atMs !== undefined && { startMs: atMs }),
      ...(blast.killAt && { killMs: blast.killAt.getTime() }),
      ...(ahead.dueInMs !== undefined && { nextMs: Math.ceil(this.clock.now() + ahead.dueInMs) }),
    };
  }

  async endBlast({ tenant, id, run, end }: BlastRunKey & { end: BlastEnd }): Promise<void> {
    const { blasts, sending, credit } = this.stores.open();
    const blast = await blasts.find(tenant, id);
    if (!blast || blast.run !== run) return;
    const beating = setInterval(() => Context.current().heartbeat(), BEAT_MS);
    try {
      // What was lost and is to be sent again is pending once more, and the blast has not finished.
      if (end === 'finished') {
        await sending.closeLanes(id, lostPolicy(blast));
        await credit.giveBack(tenant, id);
        await blasts.end(id, run, ['running'], end);
      } else if (await blasts.move(tenant, id, { from: STOPPABLE, set: { status: 'ending' } })) {
        await sending.closeLanes(id, lostPolicy(blast));
        while (await blasts.cancelPending(id));
        await credit.giveBack(tenant, id);
        await blasts.end(id, run, ['ending'], end);
      }
    } finally {
      clearInterval(beating);
    }
  }
}

function lostPolicy({ onUncertain, retry }: StoredBlast) {
  return { resend: onUncertain === 'resend', maxAttempts: (retry as BlastRetry).maxAttempts };
}
