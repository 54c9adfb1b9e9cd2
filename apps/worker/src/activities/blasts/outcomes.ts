import { setTimeout as sleep } from 'node:timers/promises';
import type { RecipientResult } from '#database/blast-sending.js';

/** Records what came of recipients, many at a time. */
export class Outcomes {
  private readonly waiting: RecipientResult[] = [];
  /** Of whom it is not recorded yet what came of them. */
  readonly unrecorded = new Set<number>();
  private recording?: Promise<void>;
  /** Something can not be recorded. */
  failure?: Error;
  sent = 0;
  failed = 0;
  ended = 0;

  /** `gatherMs`: outcomes that come within so long are recorded together. */
  constructor(
    private readonly record: (results: RecipientResult[]) => Promise<void>,
    private readonly gatherMs: number,
  ) {}

  add(result: RecipientResult): void {
    this.waiting.push(result);
    this.unrecorded.add(result.seq);
    if (result.status === 'sent') this.sent += 1;
    if (result.status === 'failed') this.failed += 1;
    if (result.status !== 'pending') this.ended += 1;
    this.recording ??= this.recordAll();
  }

  /** Resolves when everything is recorded that came before; rejects if something can not be. */
  async settled(): Promise<void> {
    await this.recording;
    if (this.failure !== undefined) throw this.failure;
  }

  private async recordAll(): Promise<void> {
    while (this.waiting.length > 0) {
      await sleep(this.gatherMs);
      const results = this.waiting.splice(0);
      try {
        await this.record(results);
        for (const { seq } of results) this.unrecorded.delete(seq);
      } catch (error) {
        // Those that came meanwhile may be recorded all the same.
        this.failure ??= error as Error;
      }
    }
    // In the same breath: what came between the last look and this would wait for nobody.
    this.recording = undefined;
  }
}
