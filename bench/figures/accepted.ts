import { Result } from '../figure.js';
import type { Figure } from '../figure.js';
import { settle } from '../send.js';
import { Stage } from '../stage.js';
import { percentile } from '../statistics.js';

const HOUR_SECONDS = 3_600;

/** Accepted timers per second against workflow starts per second. None of them comes due meanwhile. */
export const accepted: Figure = {
  name: 'accepted',
  async measure({ rounds, concurrency, acceptSeconds }, say) {
    const title = `Accepted per second, ${concurrency} concurrent for ${acceptSeconds} s`;
    const result = new Result('accepted', title, ['POST /timers', 'bare workflow.start'], say);
    const stage = await Stage.open();
    try {
      result.engineVersion = await stage.engineVersion();
      for (let round = 0; round <= rounds; round++) {
        for (const [column, side] of stage.sides.entries()) {
          await settle(stage);
          // The first round warms up and is not counted.
          const durationMs = round === 0 ? 2_000 : acceptSeconds * 1000;
          const { duesMs, answerMs, elapsedMs, firstError } = await side.load.ask({
            url: stage.receiverUrl,
            tag: 'accepted',
            pace: { concurrency, durationMs },
            due: { inSeconds: [HOUR_SECONDS] },
          });
          if (round === 0) continue;
          const count = duesMs.filter(Number.isFinite).length;
          const goal = { of: 'ratio', atLeast: 5 } as const;
          result.add(column as 0 | 1, 'accepted', (count * 1000) / elapsedMs, 'per s', goal);
          result.add(column as 0 | 1, 'answered after, p50', percentile(answerMs, 0.5), 'ms');
          result.add(column as 0 | 1, 'answered after, p99', percentile(answerMs, 0.99), 'ms');
          if (count < duesMs.length)
            result.note(`${side.name}: ${duesMs.length - count} refused (${firstError})`);
        }
      }
      return result;
    } finally {
      await stage.close();
    }
  },
};
