import { Context } from '@temporalio/activity';
import { Injectable } from '@nestjs/common';
import type { BlastRunKey, BlastTimes, PauseReason } from '#contracts/blast.js';
import type { ComparedParts } from '#database/blast-listing.js';
import type { StoredBlast } from '#database/blasts.js';
import { sendTime } from '#messages/send-times.js';
import { Logger } from '#observability/logger.js';
import { EngineClock } from '../webhook/engine-clock.js';
import { BlastStores } from './blast-stores.js';
import { BrokenSource, nameOf, SourceAway, SourcePages } from './source-pages.js';

/** A source that does not answer is asked so often, by the engine's retries, before a person has to look. */
const SOURCE_TRIES = 8;
const BEAT_MS = 5_000;

/** How far the list has come: what heartbeats carry. How far its source was read is in the database. */
interface ListCursor {
  compared?: ComparedParts;
  /** Those up to this number have their times. */
  timed?: number;
}

/**
 * The list stage: is the sender active, who is on the list, who is on it twice, when does each get it, and is there credit
 * for all of them. A worker that takes it over goes on where the other one stood.
 */
@Injectable()
export class ListRecipientsActivity {
  constructor(
    private readonly stores: BlastStores,
    private readonly pages: SourcePages,
    private readonly clock: EngineClock,
    private readonly logger: Logger,
  ) {}

  async listRecipients({ tenant, id, run }: BlastRunKey): Promise<void> {
    const { blasts, listing, credit } = this.stores.open();
    const context = Context.current();
    const cursor: ListCursor = { ...(context.info.heartbeatDetails as ListCursor | undefined) };
    const beat = (more: ListCursor = {}) => context.heartbeat(Object.assign(cursor, more));
    const beating = setInterval(() => beat(), BEAT_MS);
    const pause = async (reason: PauseReason, detail: string) => {
      await blasts.move(tenant, id, { from: ['listing'], set: { status: 'paused', reason, detail } });
    };
    try {
      if (!(await listing.begin(id, run))) return;
      if (!(await listing.isSenderActive(tenant)))
        return await pause('sender-inactive', 'The tenant is disabled.');
      const blast = await blasts.find(tenant, id);
      if (!blast || !(await this.readSource(blast, pause))) return;
      await listing.learnSizes();
      while (blast.retrying && (await listing.retryFailed(id, run))) beat();
      await listing.markDuplicates(id, cursor.compared, (compared) => beat({ compared }));
      await this.setTimes(blast, cursor.timed ?? 0, (timed) => beat({ timed }));
      const missing = await credit.reserve(tenant, id);
      if (missing > 0) {
        return await pause(
          'credit',
          `The tenant has too little message credit: ${missing} messages are missing.`,
        );
      }
      await listing.end(id, run);
    } finally {
      clearInterval(beating);
    }
  }

  /** False if it can not be read. */
  private async readSource(
    { id, channel, source }: StoredBlast,
    pause: (reason: PauseReason, detail: string) => Promise<void>,
  ): Promise<boolean> {
    const { listing } = this.stores.open();
    const { cancellationSignal, info } = Context.current();
    for (let page = source; page?.next;) {
      const place = { url: page.next, number: page.pages + 1 };
      try {
        const { recipients, next } = await this.pages.read(place, channel, cancellationSignal);
        const { number } = place;
        if (!(await listing.storePage(id, { number, recipients, next }))) return false;
        page = { ...page, next, pages: number };
      } catch (error) {
        if (!(error instanceof BrokenSource) && info.attempt < SOURCE_TRIES) throw error;
        this.logger.warn({ err: error, blast: id }, 'The source of a blast can not be read');
        const what = error instanceof SourceAway ? error.message : 'does not answer';
        await pause('source', error instanceof BrokenSource ? error.message : `${nameOf(place)} ${what}.`);
        return false;
      }
    }
    return true;
  }

  private async setTimes(
    { id, times }: StoredBlast,
    timed: number,
    onPart: (timed: number) => void,
  ): Promise<void> {
    const { listing } = this.stores.open();
    const { atMs, local, timezone, window } = times as BlastTimes;
    if (local === undefined && !window) return;
    const nowMs = this.clock.now();
    const zones = await listing.zones(id);
    const sendMs = zones.map((zone) => {
      return [zone, sendTime({ atMs, local, window }, zone ?? timezone, nowMs)] as const;
    });
    await listing.setTimes(id, new Map(sendMs), timed, onPart);
  }
}
