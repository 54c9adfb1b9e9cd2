import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { settle } from '../send.js';
import { Stage } from '../stage.js';
import type { Side } from '../stage.js';
import { percentile } from '../statistics.js';

const HOUR_SECONDS = 3_600;
/** Timers in one request, and so many requests at a time. */
const BATCHES = [
  { size: 100, concurrency: 8 },
  { size: 1_000, concurrency: 2 },
];

/** Timers accepted per second in batches against one by one. None of them comes due meanwhile. */
export const batch: Figure = {
  name: 'batch',
  async measure({ rounds, concurrency, acceptSeconds }, say) {
    const title = `Accepted per second in batches for ${acceptSeconds} s; one by one: ${concurrency} concurrent`;
    const result = new Result('batch', title, ['POST /timers/batch', 'POST /timers'], say);
    const stage = await Stage.open();
    try {
      result.engineVersion = await stage.engineVersion();
      const [ours] = stage.sides as [Side, ...Side[]];
      for (let round = 0; round <= rounds; round++) {
        // The first round warms up and is not counted.
        const durationMs = round === 0 ? 2_000 : acceptSeconds * 1000;
        for (const { size, concurrency: requests } of BATCHES) {
          for (const [column, pace] of [{ concurrency: requests }, { concurrency }].entries()) {
            await settle(stage);
            const { duesMs, answerMs, elapsedMs, firstError } = await ours.load.ask({
              ...{ url: stage.receiverUrl, tag: 'batch', due: { inSeconds: [HOUR_SECONDS] } },
              pace: { ...pace, durationMs },
              batch: column === 0 ? size : undefined,
            });
            if (firstError) result.note(`${result.columns[column]}: ${firstError}`);
            if (round === 0) continue;
            const count = duesMs.filter(Number.isFinite).length * (column === 0 ? size : 1);
            const goal = { of: 'ratio', atLeast: 1 } as const;
            result.add(column, `accepted, in batches of ${size}`, (count * 1000) / elapsedMs, 'per s', goal);
            result.add(column, `answered after, p50, ${size}`, percentile(answerMs, 0.5), 'ms');
          }
        }
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};
