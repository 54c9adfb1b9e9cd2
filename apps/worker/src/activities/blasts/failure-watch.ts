import type { BlastSending, LaneHolder } from '#database/blast-sending.js';
import type { FailureRate } from './failure-rate.js';
import type { Pacing } from './pacing.js';

/** So often the other lanes are told how many have ended here, and it is judged how many have failed in all. */
const EVERY_MS = 1_000;

export interface FailureWatchOptions {
  rate: FailureRate;
  holder: LaneHolder;
  sending: Pick<BlastSending, 'noteProgress'>;
  pacing: Pick<Pacing, 'pace'>;
  /** How many messages have ended in this batch. */
  ended: () => number;
  /** Asks the database until it answers. */
  persist: <T>(ask: () => Promise<T>) => Promise<T>;
  /** Too many have failed; the figures in words, and at which `changes` of the blast they were judged. */
  onTooMany: (detail: string, changes: number) => Promise<void>;
  /** It can not be told or judged any more. */
  onFailure: (error: Error) => void;
}

/** Keeps account, for all lanes of a blast, of how many messages fail in this one, and judges how many do in all. */
export class FailureWatch {
  private timer?: NodeJS.Timeout;
  private telling?: Promise<void>;

  constructor(private readonly options: FailureWatchOptions) {}

  begin(): void {
    this.timer = setInterval(() => void (this.telling ??= this.tellAndJudge()), EVERY_MS);
  }

  /** Nothing more is judged; the others hear of what has ended last. */
  async end(): Promise<void> {
    this.stop();
    await this.telling;
    await this.tell();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async judge(): Promise<void> {
    const { rate, pacing, persist, onTooMany } = this.options;
    const pace = await persist(() => pacing.pace());
    if (pace?.status !== 'running') return;
    rate.follow(pace.changes);
    const detail = rate.tooHigh(pace);
    if (detail !== undefined) await onTooMany(detail, pace.changes);
  }

  private async tell(): Promise<void> {
    const { rate, holder, sending, ended, persist } = this.options;
    await persist(() => sending.noteProgress(holder, ended(), rate.lane));
  }

  private async tellAndJudge(): Promise<void> {
    try {
      await this.tell();
      await this.judge();
    } catch (error) {
      this.options.onFailure(error as Error);
    } finally {
      this.telling = undefined;
    }
  }
}
