import type { BlastSending, ClaimedRecipient, LaneHolder } from '#database/blast-sending.js';

export interface ClaimsOptions {
  sending: BlastSending;
  holder: LaneHolder;
  /** Asks the database until it answers. */
  persist: <T>(ask: () => Promise<T>) => Promise<T>;
  /** Those who were taken, and of whom it is not recorded yet what came of them. */
  known: () => number[];
}

/** Takes recipients for a batch, and forgets none that were taken without an answer. */
export class Claims {
  /** A claim has failed: what it took may be ours without our knowing. */
  private hasLostOne = false;
  private last?: ClaimedRecipient;

  constructor(
    private readonly options: ClaimsOptions,
    /** How many were taken. */
    public count: number,
  ) {}

  /** At most so many who are due. */
  async take(most: number): Promise<ClaimedRecipient[]> {
    const { sending, holder, persist, known } = this.options;
    return persist(async () => {
      if (this.hasLostOne) await sending.releaseUnknown(holder, known());
      this.hasLostOne = true;
      const recipients = await sending.claim(holder, most, this.last);
      // Some may have come back, or been postponed, before those.
      if (this.last && recipients.length === 0) recipients.push(...(await sending.claim(holder, most)));
      this.hasLostOne = false;
      this.last = recipients.at(-1);
      this.count += recipients.length;
      return recipients;
    });
  }
}
