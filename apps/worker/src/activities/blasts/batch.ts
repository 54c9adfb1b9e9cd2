import { setMaxListeners } from 'node:events';
import { BATCH_LIMIT_MS, BATCH_SIZE, BATCH_WAIT_MS, laneShare } from '#contracts/blast.js';
import type { BatchEnd, BatchTask, BlastTally } from '#contracts/blast.js';
import type { SkipReason } from '#contracts/email.js';
import type { ClaimedRecipient, LaneTally } from '#database/blast-sending.js';
import type { BlastMetrics } from '../../metrics/blast-metrics.js';
import { NoMailServer } from '../email/mailer.js';
import { aheadOf } from './ahead.js';
import { Claims } from './claims.js';
import { FailureRate } from './failure-rate.js';
import { FailureWatch } from './failure-watch.js';
import { Outcomes } from './outcomes.js';
import type { Pacing } from './pacing.js';
import { Room } from './room.js';
import { Seats } from './seats.js';
import { reasonOf, Turns } from './turns.js';
import type { TurnOptions } from './turns.js';

/** What is due within so long is waited for. */
const WAIT_MS = 2_000;
const POLL_MS = 250;
/** Outcomes that come within so long are recorded together. What a lost worker had not recorded is as if it had hung. */
const GATHER_MS = { hold: 20, resend: 50 };
/** A mail server that can not be reached is left alone for so long. */
const AWAY_MS = 5_000;

/** How far a batch has come: what its heartbeats carry, so that whoever takes it over goes on from there. */
export interface BatchProgress extends BlastTally {
  /** Recipients that were taken. */
  claimed: number;
}

export interface BatchOptions extends Omit<TurnOptions, 'seats' | 'over' | 'killMs' | 'onFailure'> {
  task: BatchTask;
  /** By whoever had this batch before. */
  before: BatchProgress;
  /** What has become of the messages of its lane before. */
  tally: LaneTally;
  /** Digest of what the blast sends, read no later than that. */
  content?: string;
  pacing: Pacing;
  metrics: BlastMetrics;
  /** Something is for a person to decide; with `changes`, unless the blast has other ones by now. */
  pause: (
    reason: 'failure-rate' | 'mail-server' | 'sender-inactive',
    detail: string,
    changes?: number,
  ) => Promise<void>;
}

/** Some recipients of a blast, sent to by one worker: as many at a time as its lane may have under way. */
export class Batch {
  private readonly over = new AbortController();
  private readonly outcomes: Outcomes;
  private readonly watch: FailureWatch;
  private readonly underWay = new Map<number, Promise<void>>();
  private readonly beganMs = performance.now();
  private restUntilMs = -Infinity;
  private killMs = Infinity;
  private readonly room = new Room();
  private readonly seats = new Seats();
  private readonly claims: Claims;
  private readonly turns: Turns;
  private failure?: Error;
  private wake: () => void = () => undefined;

  constructor(private readonly options: BatchOptions) {
    // One for each that waits for its place.
    setMaxListeners(0, this.over.signal);
    const { sending, holder, persist, metrics, before, rules, pacing, pause } = options;
    const channel = rules.content.email ? 'email' : 'webhook';
    const known = () => [...this.underWay.keys(), ...this.outcomes.unrecorded];
    this.turns = new Turns({
      ...options,
      ...{ over: this.over.signal, seats: this.seats, killMs: () => this.killMs },
      onFailure: (error) => (this.failure ??= error),
    });
    this.claims = new Claims({ sending, holder, persist, known }, before.claimed);
    this.outcomes = new Outcomes(async (results) => {
      await persist(() => sending.record(holder, results));
      metrics.record(channel, results);
      await this.watch.judge();
    }, GATHER_MS[rules.onUncertain]);
    const { outcomes } = this;
    this.watch = new FailureWatch({
      rate: new FailureRate(options.tally, () => ({ sent: outcomes.sent, failed: outcomes.failed })),
      ...{ holder, sending, pacing, persist, ended: () => outcomes.ended },
      onTooMany: async (detail, changes) => {
        if (this.over.signal.aborted) return;
        this.stop();
        await pause('failure-rate', detail, changes);
      },
      onFailure: (error) => (this.failure ??= error),
    });
  }

  get progress(): BatchProgress {
    const { before } = this.options;
    const { sent, failed } = this.outcomes;
    return { claimed: this.claims.count, sent: before.sent + sent, failed: before.failed + failed };
  }

  private get ahead(): number {
    return aheadOf(this.options.rules.onUncertain, this.outcomes.sent, performance.now() - this.beganMs);
  }

  /** Begins nothing more. */
  stop(): void {
    this.over.abort();
    // Those who wait find out that it is over, and are given back.
    this.seats.allow(Infinity);
    this.wake();
  }

  async run(): Promise<BatchEnd> {
    const late = setTimeout(() => this.stop(), BATCH_WAIT_MS);
    this.watch.begin();
    try {
      const why = await this.sendAll();
      // What was taken ahead is not begun any more.
      if (why === 'stopped') this.stop();
      const tally = await this.settled();
      await this.watch.end();
      return { why, ...tally };
    } finally {
      clearTimeout(late);
      this.watch.stop();
      this.stop();
      await this.settled().catch(() => undefined);
    }
  }

  private async settled(): Promise<BlastTally> {
    await Promise.all(this.underWay.values());
    await this.outcomes.settled();
    if (this.failure !== undefined) throw this.failure;
    const { sent, failed } = this.progress;
    return { sent, failed };
  }

  private async sendAll(): Promise<BatchEnd['why']> {
    const { options, over, underWay } = this;
    const { lease, pacing, persist, task } = options;
    while (!over.signal.aborted && (await lease.whenHeld())) {
      // Nothing more is begun of which nobody could say afterwards what came of it.
      const failure = this.failure ?? this.outcomes.failure;
      if (failure !== undefined) throw failure;
      if (this.claims.count >= BATCH_SIZE || performance.now() - this.beganMs > BATCH_LIMIT_MS) return 'full';
      const pace = await persist(() => pacing.pace());
      // Whoever begins the next batch reads the message as it is now.
      if (pace?.status !== 'running' || pace.content !== this.options.content) return 'stopped';
      if (!pace.senderActive) {
        await this.options.pause('sender-inactive', 'The tenant is disabled.', pace.changes);
        return 'stopped';
      }
      this.killMs = pace.killMs ?? Infinity;
      const share = laneShare(pace.parallelism, task.lane);
      if (share === 0) return 'stopped';
      await this.watch.judge();
      if (over.signal.aborted) return 'stopped';
      this.seats.allow(share);
      const ahead = pace.rate === null ? Math.min(8 * share, this.ahead) : 0;
      const left = BATCH_SIZE - this.claims.count;
      const room = Math.min(share + ahead - underWay.size, left);
      const enough = Math.min((share + ahead) / 2, left);
      const waitMs = Math.max(this.room.waitMs(room, enough), this.restUntilMs - performance.now());
      if (waitMs > 0) {
        await this.somethingEnded(waitMs);
        continue;
      }
      const places = await persist(() => pacing.places(pace, room, over.signal));
      if (places.atMs.length === 0) continue;
      const giveUp = (error: unknown) => {
        places.leave();
        throw error;
      };
      const recipients = await this.claims.take(places.atMs.length).catch(giveUp);
      const begun = await this.begin(recipients, places.atMs).catch(giveUp);
      void Promise.all(begun).then(places.leave);
      if (recipients.length === 0 && !(await this.expectsMore())) return 'idle';
    }
    return 'stopped';
  }

  private async begin(recipients: ClaimedRecipient[], placesMs: number[]): Promise<Promise<void>[]> {
    if (recipients.length === 0) return [];
    const { sender, rules, persist } = this.options;
    const reasons = await persist(() => sender.reasonsAgainst(rules, recipients)).catch((error: unknown) => {
      for (const { seq } of recipients) this.outcomes.add({ seq, status: 'pending', uncounted: true });
      throw error;
    });
    return recipients.map((recipient, index) => {
      const reason = reasonOf(recipient, reasons);
      const sent = this.send(recipient, placesMs[index] ?? 0, reason)
        .catch((error: unknown) => (this.failure ??= error as Error))
        .then(() => {
          this.seats.give();
          this.underWay.delete(recipient.seq);
          this.wake();
        });
      this.underWay.set(recipient.seq, sent);
      return sent;
    });
  }

  private async send(
    recipient: ClaimedRecipient,
    placeMs: number,
    reasonAgainst: SkipReason | undefined,
  ): Promise<void> {
    const { seq } = recipient;
    try {
      const { away, ...outcome } = await this.turns.take(recipient, placeMs, reasonAgainst);
      if (away) this.restUntilMs = performance.now() + AWAY_MS;
      this.outcomes.add({ seq, ...outcome });
    } catch (error) {
      this.outcomes.add({ seq, status: 'pending', uncounted: true });
      if (!(error instanceof NoMailServer)) throw error;
      this.stop();
      await this.options.pause('mail-server', error.message);
    }
  }

  private async expectsMore(): Promise<boolean> {
    if (this.underWay.size > 0) {
      await this.somethingEnded(POLL_MS);
      return true;
    }
    await this.outcomes.settled();
    const { sending, holder, persist } = this.options;
    const { dueInMs = Infinity } = await persist(() => sending.ahead(holder.blast));
    if (dueInMs > WAIT_MS) return false;
    await this.somethingEnded(Math.min(Math.max(dueInMs, 10), POLL_MS));
    return true;
  }

  /** Resolves when a message has ended, when the batch is stopped, or after this time. */
  private somethingEnded(atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMostMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
